import type { Temporal } from 'temporal-polyfill';

/** A caller as IAM sees it, resolved from the credentials that signed (or did not sign) the call. */
export interface Caller {
  type: 'anonymous' | 'root' | 'user' | 'user-session' | 'federated-user' | 'assumed-role' | 'service';
  account: string;
  /** aws:PrincipalArn: for a session the ROLE's ARN, never the session's */
  principalArn?: string;
  /** the ARN of the acting session, `arn:aws:sts::…:assumed-role/name/session` */
  sessionArn?: string;
  userId: string;
  userName?: string;
  /** service principal such as `cloudtrail.amazonaws.com` */
  service?: string;
  accessKeyId?: string;
  tokenIssueTime?: Temporal.Instant;
  /** the one inline session policy (JSON text) of AssumeRole or GetFederationToken */
  sessionPolicy?: string;
  /** ARN of the user who minted a federated-user session: its policies are that user's, cut by the session policy */
  parentArn?: string;
  /** condition keys that travel with the credential: aws:SourceIdentity, aws:SourceArn of a service, … */
  context?: Record<string, string | string[]>;
}

export interface Call {
  caller: Caller;
  region: string;
  now: Temporal.Instant;
  /** aws:SourceIp */
  sourceIp: string;
}

/** What a command must be allowed to do before it runs: one entry per IAM action and resource it touches. */
export interface Need {
  action: string;
  resource: string;
  /** condition keys beside those that every call has */
  context?: Record<string, string | string[]>;
  /** the account that owns the resource */
  owner: string;
}

/** An error as the SDK throws it: `name` is the service's error code. */
export class AwsError extends Error {
  readonly $fault: 'client' | 'server';
  readonly $metadata: { httpStatusCode: number };
  constructor(code: string, status: number, message: string) {
    super(message);
    this.name = code;
    this.$fault = status < 500 ? 'client' : 'server';
    this.$metadata = { httpStatusCode: status };
  }
}

/** A command or parameter that the simulated AWS does not model. Never an AWS error: nothing may catch it and go on. */
export class NotModelled extends Error {
  override name = 'NotModelled';
}

/** One SDK command, modelled. */
export interface Command<I = Record<string, unknown>, O = unknown> {
  /** every input parameter that the model reads; any other that is set throws NotModelled */
  parameters: readonly string[];
  /** IAM actions and resources per call; see shared Service Authorization Reference. May read state (owner of a key id), must not change it. */
  needs(input: I, call: Call): Need[];
  run(input: I, call: Call): O | Promise<O>;
}

/** The commands of one SDK client, keyed by client name without "Client" (`S3`, `IAM`) and command name without "Command". */
export type Service = Record<string, Command<never, unknown>>;
