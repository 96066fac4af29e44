import type { Json } from '../../lambdas/core/json.ts';
import {
  type LoginProfile,
  type PolicyDocument,
  policyText,
  type Role,
  type RoleSeed,
  storedPrincipal,
  storedUser,
  type User,
  type UserSeed,
} from './iam/principals.ts';
import { type KeySeed, type KmsKey, makeKey, storedKey } from './kms/key.ts';
import {
  type Bucket,
  type BucketSeed,
  cannedGrants,
  type Grant,
  type ObjectSeed,
  type ObjectVersion,
  type PublicAccessBlock,
  storedBucket,
} from './s3/bucket.ts';
import { type Clock, Staged } from './staged.ts';
import { type CloudTrailEvent, type EventSeed, newTrail, storedTrail, type Trail, type TrailSeed } from './trail.ts';

/** What an account needs from its world. */
export interface Ground {
  now: Clock;
  /** milliseconds until a change takes effect */
  propagation: { iam: number; s3: number };
  nextId(prefix: string): string;
  /** refuses a name that any account already uses */
  claimBucket(bucket: Bucket): void;
}

/** Anything else that an account holds (tables, topics, machines): its service decides the form. */
export interface Resource {
  /** what a whole-account comparison sees */
  stored(): Json;
  /** the resource policy's text, if the resource kind has one */
  policy?(): string | undefined;
}

const flagsOff: PublicAccessBlock = {
  BlockPublicAcls: false,
  IgnorePublicAcls: false,
  BlockPublicPolicy: false,
  RestrictPublicBuckets: false,
};

/** One simulated AWS account and its seeding API: whatever is seeded takes effect at once. */
export class Account {
  readonly id: string;
  readonly ground: Ground;
  readonly users = new Map<string, User>();
  readonly roles = new Map<string, Role>();
  readonly managedPolicies = new Map<string, Staged<string>>();
  readonly buckets = new Map<string, Bucket>();
  readonly keys = new Map<string, KmsKey>();
  /** by ARN; filled by the services that own them */
  readonly resources = new Map<string, Resource>();
  readonly trail: CloudTrailEvent[] = [];
  readonly trails = new Map<string, Trail>();
  readonly publicAccessBlock: Staged<PublicAccessBlock | undefined>;
  /** the organization that the account belongs to, `o-…` */
  organization: string | undefined;

  constructor(id: string, ground: Ground) {
    if (!/^\d{12}$/.test(id)) throw new RangeError(`"${id}" is no AWS account id: it has exactly 12 digits`);
    this.id = id;
    this.ground = ground;
    this.publicAccessBlock = this.#s3<PublicAccessBlock | undefined>(undefined);
  }

  addUser(seed: UserSeed): User {
    const user: User = {
      ...this.#principal('user', 'AIDA', seed),
      login: this.#iam(this.#login(seed)),
      serviceCredentials: (seed.serviceCredentials ?? []).map(({ id, service, status }) => ({
        id,
        service,
        status: this.#iam(status ?? 'Active'),
        created: this.ground.now(),
      })),
      keys: (seed.accessKeys ?? []).map((key) => ({
        id: key.id,
        secret: key.secret ?? `secret of ${key.id}`,
        status: this.#iam(key.status ?? 'Active'),
        created: this.ground.now(),
        ...(key.lastUsed && { lastUsed: { at: key.lastUsed, service: 's3', region: 'us-east-1' } }),
      })),
    };
    this.users.set(user.name, user);
    return user;
  }

  addRole(seed: RoleSeed): Role {
    const role: Role = {
      ...this.#principal('role', 'AROA', seed),
      trust: this.#iam(policyText(seed.trust)),
      maxSessionDuration: seed.maxSessionDuration ?? 3600,
    };
    this.roles.set(role.name, role);
    return role;
  }

  /** Also for policies of AWS itself (`arn:aws:iam::aws:policy/…`) that the account attaches. */
  addManagedPolicy(arn: string, document: PolicyDocument): void {
    this.managedPolicies.set(arn, this.#iam(policyText(document)));
  }

  addKey(seed: KeySeed): KmsKey {
    const key = makeKey(this.ground, this.id, seed);
    this.keys.set(key.arn, key);
    return key;
  }

  addBucket(seed: BucketSeed): Bucket {
    const bucket: Bucket = {
      name: seed.name,
      account: this.id,
      region: seed.region,
      created: this.ground.now(),
      policy: this.#s3(seed.policy === undefined ? undefined : policyText(seed.policy)),
      publicAccessBlock: this.#s3(seed.publicAccessBlock && { ...flagsOff, ...seed.publicAccessBlock }),
      acl: this.#s3(this.#grants(seed.acl ?? 'private', this.id)),
      ownership: this.#s3(seed.ownership === 'none' ? undefined : (seed.ownership ?? 'BucketOwnerEnforced')),
      encryption: seed.encryption ?? 'sse-s3',
      versioning: seed.objectLock ? 'Enabled' : seed.versioning,
      objectLock: seed.objectLock && (seed.objectLock === true ? {} : { rule: { ...seed.objectLock } }),
      website: seed.website,
      replication: seed.replication,
      lifecycle: seed.lifecycle,
      logging: seed.logging,
      tags: { ...seed.tags },
      objects: new Map(),
    };
    this.ground.claimBucket(bucket);
    this.buckets.set(bucket.name, bucket);
    for (const object of seed.objects ?? []) this.addObject(bucket, object);
    return bucket;
  }

  addObject(bucket: Bucket, seed: ObjectSeed): ObjectVersion {
    const owner = seed.owner ?? this.id;
    const version: ObjectVersion = {
      versionId: bucket.versioning === 'Enabled' ? (seed.versionId ?? this.ground.nextId('v')) : 'null',
      deleteMarker: false,
      body: typeof seed.body === 'string' ? new TextEncoder().encode(seed.body) : Uint8Array.from(seed.body),
      modified: this.ground.now(),
      owner,
      acl: this.#s3(this.#grants(seed.acl ?? 'private', owner)),
      encryption: seed.encryption ?? bucket.encryption,
      legalHold: false,
      tags: { ...seed.tags },
      contentType: seed.contentType ?? 'application/octet-stream',
      metadata: {},
    };
    const earlier = bucket.versioning === 'Enabled' ? (bucket.objects.get(seed.key) ?? []) : [];
    bucket.objects.set(seed.key, [...earlier, version]);
    return version;
  }

  addTrail(seed: TrailSeed): Trail {
    const trail = newTrail(this.id, seed, this.ground.now());
    this.trails.set(trail.name, trail);
    return trail;
  }

  /** Seeds a recorded event; LookupEvents shows it at once unless `visibleAt` says otherwise. */
  addEvent(seed: EventSeed): CloudTrailEvent {
    const at = seed.eventTime ?? this.ground.now();
    const event: CloudTrailEvent = {
      eventId: this.ground.nextId('event'),
      eventTime: at,
      visibleAt: at,
      awsRegion: 'us-east-1',
      sourceIPAddress: '198.51.100.20',
      userIdentity: {},
      readOnly: false,
      requestParameters: null,
      responseElements: null,
      resources: [],
      ...seed,
    };
    this.trail.push(event);
    return event;
  }

  /** Everything stored, as JSON; no usage, no sessions, no log, so that an undone change leaves it equal. */
  stored(): { [key: string]: Json } {
    const sorted = <T>(map: Map<string, T>): [string, T][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      users: sorted(this.users).map(([, user]) => storedUser(user)),
      roles: sorted(this.roles).map(([, role]) => ({
        ...storedPrincipal(role),
        trust: role.trust.stored,
        maxSessionDuration: role.maxSessionDuration,
      })),
      managedPolicies: Object.fromEntries(sorted(this.managedPolicies).map(([arn, policy]) => [arn, policy.stored])),
      publicAccessBlock: this.publicAccessBlock.stored ? { ...this.publicAccessBlock.stored } : null,
      buckets: sorted(this.buckets).map(([, bucket]) => storedBucket(bucket)),
      keys: Object.fromEntries(sorted(this.keys).map(([arn, key]) => [arn, storedKey(key)])),
      trails: sorted(this.trails).map(([, trail]) => storedTrail(trail)),
      resources: Object.fromEntries(sorted(this.resources).map(([arn, resource]) => [arn, resource.stored()])),
    };
  }

  #principal(
    kind: 'user' | 'role',
    prefix: string,
    seed: Omit<RoleSeed, 'trust'>,
  ): Omit<User, 'keys' | 'login' | 'serviceCredentials'> {
    const path = seed.path ?? '/';
    return {
      name: seed.name,
      path,
      arn: `arn:aws:iam::${this.id}:${kind}${path}${seed.name}`,
      id: this.ground.nextId(prefix),
      account: this.id,
      created: this.ground.now(),
      inline: this.#iam(
        Object.fromEntries(Object.entries(seed.inline ?? {}).map(([name, document]) => [name, policyText(document)])),
      ),
      attached: this.#iam<readonly string[]>([...(seed.managed ?? [])]),
      boundary: this.#iam(seed.boundary),
    };
  }

  #login({ name, loginProfile }: UserSeed): LoginProfile | undefined {
    if (loginProfile === undefined || loginProfile === false) return undefined;
    const given = loginProfile === true ? {} : loginProfile;
    return { password: `password of ${name}`, resetRequired: false, ...given, created: this.ground.now() };
  }

  #grants(acl: ObjectSeed['acl'] & {}, owner: string): readonly Grant[] {
    return typeof acl === 'string' ? cannedGrants(acl, owner, this.id) : structuredClone(acl);
  }

  #iam<T>(value: T): Staged<T> {
    return new Staged(this.ground.now, this.ground.propagation.iam, value);
  }

  #s3<T>(value: T): Staged<T> {
    return new Staged(this.ground.now, this.ground.propagation.s3, value);
  }
}
