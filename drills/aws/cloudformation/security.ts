import { NotModelled } from '../kernel.ts';
import { awsManagedPolicies } from '../managed-policies.ts';
import type { PolicyDocument, World } from '../world.ts';
import type { DeclaredResource } from './resource.ts';
import * as shapes from './shapes.ts';

/** Finds a key by id, ARN or alias; undefined for none and for keys that AWS manages (`alias/aws/…`), which need no grant. */
export type KeyLookup = (resource: DeclaredResource, key: string | undefined) => string | undefined;

/** Creates the keys with their policies in the world. */
export function deployKeys(world: World, resources: readonly DeclaredResource[]): KeyLookup {
  const aliases = new Map<string, string>();
  const place = ({ stack }: DeclaredResource, name: string) => `${stack.account} ${stack.region} ${name}`;
  const arnOf = ({ stack }: DeclaredResource, id: string) =>
    id.startsWith('arn:') ? id : `arn:aws:kms:${stack.region}:${stack.account}:key/${id}`;
  for (const resource of resources) {
    if (resource.type === 'AWS::KMS::Key')
      world.account(resource.stack.account).addKey({ arn: resource.arn, policy: resource.read(shapes.key).KeyPolicy });
    if (resource.type !== 'AWS::KMS::Alias') continue;
    const { AliasName, TargetKeyId } = resource.read(shapes.alias);
    const arn = arnOf(resource, TargetKeyId);
    aliases.set(place(resource, AliasName), arn);
    const key = world.key(arn);
    if (key) key.alias = AliasName;
  }
  return (resource, key) => {
    const alias = key?.slice(key.indexOf('alias/'));
    if (key === undefined || alias?.startsWith('alias/aws/')) return undefined;
    if (!alias?.startsWith('alias/')) return arnOf(resource, key);
    const target = aliases.get(place(resource, alias));
    if (target === undefined)
      throw new RangeError(`${resource.type} '${resource.logicalId}': no stack has key ${alias}`);
    return target;
  };
}

interface Attached {
  inline: Record<string, PolicyDocument>;
  managed: string[];
}

/** Policies declared beside their roles, by account and role name. */
function attachments(world: World, resources: readonly DeclaredResource[]): Map<string, Attached> {
  const found = new Map<string, Attached>();
  const of = (resource: DeclaredResource, role: string): Attached => {
    const name = `${resource.stack.account} ${role}`;
    const attached = found.get(name) ?? { inline: {}, managed: [] };
    found.set(name, attached);
    return attached;
  };
  for (const resource of resources) {
    if (resource.type === 'AWS::IAM::Policy') {
      const { PolicyName, PolicyDocument, Roles } = resource.read(shapes.policy);
      for (const role of Roles) of(resource, role).inline[PolicyName] = PolicyDocument;
    } else if (resource.type === 'AWS::IAM::ManagedPolicy') {
      const { PolicyDocument, Roles } = resource.read(shapes.managedPolicy);
      world.account(resource.stack.account).addManagedPolicy(resource.ref, PolicyDocument);
      for (const role of Roles) of(resource, role).managed.push(resource.ref);
    }
  }
  return found;
}

function ensureManaged(world: World, account: string, arn: string): void {
  if (world.managedPolicy(account, arn) !== undefined) return;
  const document = awsManagedPolicies[arn];
  if (!document) throw new NotModelled(`the managed policy ${arn}: add its text to managed-policies.ts`);
  world.account(account).addManagedPolicy(arn, document);
}

/** Creates the roles with every policy that any of the stacks gives them. Throws RangeError for a policy of an unknown role. */
export function deployRoles(world: World, resources: readonly DeclaredResource[]): void {
  const attached = attachments(world, resources);
  for (const resource of resources) {
    if (resource.type !== 'AWS::IAM::Role') continue;
    const { account } = resource.stack;
    const declared = resource.read(shapes.role);
    const beside = attached.get(`${account} ${resource.ref}`);
    attached.delete(`${account} ${resource.ref}`);
    const own = declared.Policies.map((policy) => [policy.PolicyName, policy.PolicyDocument] as const);
    const managed = [...declared.ManagedPolicyArns, ...(beside?.managed ?? [])];
    const boundary = declared.PermissionsBoundary;
    for (const arn of boundary === undefined ? managed : [...managed, boundary]) ensureManaged(world, account, arn);
    world.account(account).addRole({
      name: resource.ref,
      path: declared.Path,
      trust: declared.AssumeRolePolicyDocument,
      inline: { ...Object.fromEntries(own), ...beside?.inline },
      managed,
      boundary,
      maxSessionDuration: declared.MaxSessionDuration,
    });
  }
  const [orphan] = attached.keys();
  if (orphan !== undefined)
    throw new RangeError(`a policy is attached to the role '${orphan}' (account, name), which no stack declares`);
}

/** Days of a default retention; S3 counts a year of Object Lock as 365 days. */
function retention({ Mode, Days, Years }: { Mode: 'GOVERNANCE' | 'COMPLIANCE'; Days?: number; Years?: number }) {
  return { mode: Mode, days: Days ?? (Years ?? 0) * 365 };
}

function deployBucket(world: World, resource: DeclaredResource, policy: PolicyDocument | undefined, keys: KeyLookup) {
  const declared = resource.read(shapes.bucket);
  const algorithm = declared.BucketEncryption?.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault;
  const keyArn = algorithm?.SSEAlgorithm === 'aws:kms' ? keys(resource, algorithm.KMSMasterKeyID) : undefined;
  if (algorithm?.SSEAlgorithm === 'aws:kms' && keyArn === undefined)
    throw new NotModelled(`bucket '${resource.logicalId}' under the key that AWS manages: name a key`);
  const rule = declared.ObjectLockConfiguration?.Rule?.DefaultRetention;
  const logging = declared.LoggingConfiguration;
  const flagsOn = {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  };
  world.account(resource.stack.account).addBucket({
    name: resource.ref,
    region: resource.stack.region,
    policy,
    // all four are on for every bucket made since April 2023 that does not say otherwise
    publicAccessBlock: declared.PublicAccessBlockConfiguration ?? flagsOn,
    ownership: declared.OwnershipControls?.Rules[0].ObjectOwnership,
    encryption: keyArn === undefined ? 'sse-s3' : { keyArn },
    versioning: declared.VersioningConfiguration?.Status,
    objectLock: declared.ObjectLockEnabled ? (rule ? retention(rule) : true) : undefined,
    logging: logging && {
      TargetBucket: logging.DestinationBucketName ?? resource.ref,
      TargetPrefix: logging.LogFilePrefix,
    },
  });
}

/** Creates the buckets with their policies in the world. */
export function deployBuckets(world: World, resources: readonly DeclaredResource[], keys: KeyLookup): void {
  const policies = new Map<string, PolicyDocument>();
  for (const resource of resources) {
    if (resource.type !== 'AWS::S3::BucketPolicy') continue;
    const { Bucket, PolicyDocument } = resource.read(shapes.bucketPolicy);
    if (policies.has(Bucket)) throw new RangeError(`bucket '${Bucket}' has two policies: S3 keeps one`);
    policies.set(Bucket, PolicyDocument);
  }
  for (const resource of resources)
    if (resource.type === 'AWS::S3::Bucket') deployBucket(world, resource, policies.get(resource.ref), keys);
}
