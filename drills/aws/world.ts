import { createHash } from 'node:crypto';
import type { Temporal } from 'temporal-polyfill';
import type { Json } from '../../lambdas/core/json.ts';
import { Account, type Ground } from './account.ts';
import type { AccessKey, Role, User } from './iam/principals.ts';
import type { Caller } from './kernel.ts';
import type { KmsKey } from './kms/key.ts';
import type { Bucket } from './s3/bucket.ts';
import type { Clock } from './staged.ts';

export type { Account } from './account.ts';
export type { PolicyDocument, Role, User } from './iam/principals.ts';
export type { KmsKey } from './kms/key.ts';
export type { Bucket } from './s3/bucket.ts';

/** Credentials in the form that SDK clients take. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

/** Unsigned calls: the SDK insists on credentials, so an empty key id stands for none. */
export const anonymous: Credentials = { accessKeyId: '', secretAccessKey: '' };

/** Temporary credentials and who acts with them. */
export interface Session {
  credentials: Credentials;
  caller: Caller;
  expires: Temporal.Instant | undefined;
}

/** Policies of AWS itself that every account can attach; their text as AWS publishes it. */
const awsManaged = new Map<string, string>([
  [
    'arn:aws:iam::aws:policy/AWSDenyAll',
    '{"Version":"2012-10-17","Statement":[{"Sid":"DenyAll","Effect":"Deny","Action":["*"],"Resource":"*"}]}',
  ],
  [
    'arn:aws:iam::aws:policy/AdministratorAccess',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
  ],
  [
    'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}',
  ],
]);

/** Every account, bucket and session of one simulated AWS. */
export class World implements Ground {
  readonly now: Clock;
  readonly propagation: { iam: number; s3: number };
  readonly accounts = new Map<string, Account>();
  /** by access key id (ASIA…) */
  readonly sessions = new Map<string, Session>();
  readonly #buckets = new Map<string, Bucket>();
  #counter = 0;

  /** `propagation` in milliseconds: how long after a change access evaluation sees it. */
  constructor(now: Clock, propagation = { iam: 4000, s3: 1000 }) {
    this.now = now;
    this.propagation = propagation;
  }

  /** Creates the account on first use. Throws RangeError for anything but 12 digits. */
  account(id: string): Account {
    const known = this.accounts.get(id);
    if (known) return known;
    const account = new Account(id, this);
    this.accounts.set(id, account);
    return account;
  }

  bucket(name: string): Bucket | undefined {
    return this.#buckets.get(name);
  }

  claimBucket(bucket: Bucket): void {
    if (this.#buckets.has(bucket.name)) throw new RangeError(`bucket ${bucket.name} exists already: names are global`);
    this.#buckets.set(bucket.name, bucket);
  }

  key(arn: string): KmsKey | undefined {
    return this.accounts.get(arn.split(':')[4] ?? '')?.keys.get(arn);
  }

  role(arn: string): Role | undefined {
    const roles = this.accounts.get(arn.split(':')[4] ?? '')?.roles.values() ?? [];
    return [...roles].find((role) => role.arn === arn);
  }

  user(arn: string): User | undefined {
    const users = this.accounts.get(arn.split(':')[4] ?? '')?.users.values() ?? [];
    return [...users].find((user) => user.arn === arn);
  }

  /** The text of a managed policy that is effective now, or undefined where it does not exist. */
  managedPolicy(account: string, arn: string): string | undefined {
    return this.accounts.get(account)?.managedPolicies.get(arn)?.effective ?? awsManaged.get(arn);
  }

  accessKey(id: string): { user: User; key: AccessKey } | undefined {
    for (const account of this.accounts.values())
      for (const user of account.users.values()) {
        const key = user.keys.find((k) => k.id === id);
        if (key) return { user, key };
      }
    return undefined;
  }

  /** The long-term credentials of a key, whatever its status. Throws RangeError for an unknown key. */
  keyCredentials(id: string): Credentials {
    const found = this.accessKey(id);
    if (!found) throw new RangeError(`no user of this world has the access key ${id}: seed it with addUser`);
    return { accessKeyId: id, secretAccessKey: found.key.secret };
  }

  /** Temporary credentials for a caller; `seconds` absent: they never expire (service callers, root). */
  mint(caller: Caller, seconds?: number): Credentials {
    const id = this.nextId('ASIA');
    const expires = seconds === undefined ? undefined : this.now().add({ seconds });
    const credentials: Credentials = {
      accessKeyId: id,
      secretAccessKey: `secret of ${id}`,
      sessionToken: `token of ${id}`,
      ...(expires && { expiration: new Date(expires.epochMilliseconds) }),
    };
    this.sessions.set(id, { credentials, caller: { ...caller, accessKeyId: id }, expires });
    return { ...credentials };
  }

  /** A session of a role without a look at its trust: what the Lambda service does for a function's role. 12 hours. */
  roleCredentials(roleArn: string, sessionName: string): Credentials {
    const role = this.role(roleArn);
    if (!role) throw new RangeError(`no role ${roleArn} in this world: seed it with addRole`);
    return this.mint(this.roleSession(role, sessionName), 12 * 3600);
  }

  roleSession(role: Role, sessionName: string, sessionPolicy?: string): Caller {
    return {
      type: 'assumed-role',
      account: role.account,
      principalArn: role.arn,
      sessionArn: `arn:aws:sts::${role.account}:assumed-role/${role.name}/${sessionName}`,
      userId: `${role.id}:${sessionName}`,
      tokenIssueTime: this.issueTime(),
      ...(sessionPolicy !== undefined && { sessionPolicy }),
    };
  }

  /** Issue times have whole seconds, as in the token. */
  issueTime(): Temporal.Instant {
    return this.now().round({ smallestUnit: 'second', roundingMode: 'floor' });
  }

  rootCredentials(accountId: string): Credentials {
    this.account(accountId);
    return this.mint({
      type: 'root',
      account: accountId,
      principalArn: `arn:aws:iam::${accountId}:root`,
      userId: accountId,
    });
  }

  /** An AWS service acting by itself; `source` names the resource it acts for (aws:SourceArn, aws:SourceAccount). */
  serviceCaller(service: string, source?: { arn?: string; account?: string }): Caller {
    const context: Record<string, string> = {};
    if (source?.arn) context['aws:SourceArn'] = source.arn;
    const account = source?.account ?? source?.arn?.split(':')[4];
    if (account) context['aws:SourceAccount'] = account;
    return { type: 'service', account: service, userId: service, service, context };
  }

  /** The same as credentials, for a caller that goes through an SDK client. */
  serviceCredentials(service: string, source?: { arn?: string; account?: string }): Credentials {
    return this.mint(this.serviceCaller(service, source));
  }

  /** Everything stored (no usage, sessions, log, times of evaluation): equal before a change and after its undo. */
  snapshot(accountId?: string): Json {
    if (accountId !== undefined) return this.account(accountId).stored();
    return Object.fromEntries(
      [...this.accounts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, a]) => [id, a.stored()]),
    );
  }

  /** `prefix` and 16 upper-case letters or digits; the same run gives the same ids. */
  nextId(prefix: string): string {
    this.#counter += 1;
    const digest = createHash('sha256').update(`${prefix}#${this.#counter}`).digest();
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
    return prefix + [...digest.subarray(0, 16)].map((byte) => alphabet[byte % 32]).join('');
  }
}
