import type { Temporal } from 'temporal-polyfill';
import type { Json, JsonObject } from '../../../lambdas/core/json.ts';
import type { Staged } from '../staged.ts';

/** A policy as a scenario writes it (object) or as AWS stores it (text). */
export type PolicyDocument = string | JsonObject;

export function policyText(document: PolicyDocument): string {
  return typeof document === 'string' ? document : JSON.stringify(document);
}

export interface AccessKey {
  id: string;
  secret: string;
  status: Staged<'Active' | 'Inactive'>;
  created: Temporal.Instant;
  lastUsed?: { at: Temporal.Instant; service: string; region: string };
}

/** What users and roles share: policies by name (inline) and by ARN (attached), and a boundary ARN. */
export interface Principal {
  name: string;
  path: string;
  arn: string;
  id: string;
  account: string;
  created: Temporal.Instant;
  inline: Staged<Record<string, string>>;
  attached: Staged<readonly string[]>;
  boundary: Staged<string | undefined>;
}

/** A console password. Nobody can read it back, so a login that was deleted never comes back with the same one. */
export interface LoginProfile {
  password: string;
  resetRequired: boolean;
  created: Temporal.Instant;
}

/** A credential for one service alone: Git of CodeCommit, Keyspaces, long-term API keys of Bedrock. It outlives the access keys. */
export interface ServiceCredential {
  id: string;
  /** service principal, `bedrock.amazonaws.com` */
  service: string;
  status: Staged<'Active' | 'Inactive'>;
  created: Temporal.Instant;
}

export interface User extends Principal {
  keys: AccessKey[];
  login: Staged<LoginProfile | undefined>;
  serviceCredentials: ServiceCredential[];
  /** the last sign-in to the console */
  passwordLastUsed?: Temporal.Instant;
}

export interface Role extends Principal {
  trust: Staged<string>;
  /** seconds */
  maxSessionDuration: number;
}

export interface UserSeed {
  name: string;
  path?: string;
  inline?: Record<string, PolicyDocument>;
  /** ARNs of managed policies */
  managed?: string[];
  /** ARN of a managed policy */
  boundary?: string;
  accessKeys?: { id: string; secret?: string; status?: 'Active' | 'Inactive'; lastUsed?: Temporal.Instant }[];
  /** `true`: a login with some password */
  loginProfile?: boolean | { password?: string; resetRequired?: boolean };
  serviceCredentials?: { id: string; service: string; status?: 'Active' | 'Inactive' }[];
}

export interface RoleSeed {
  name: string;
  path?: string;
  trust: PolicyDocument;
  inline?: Record<string, PolicyDocument>;
  managed?: string[];
  boundary?: string;
  /** seconds; 3600 if absent */
  maxSessionDuration?: number;
}

/** What a whole-account comparison sees of a principal: everything stored, no times, no usage. */
export function storedPrincipal(principal: Principal): { [key: string]: Json } {
  return {
    name: principal.name,
    arn: principal.arn,
    id: principal.id,
    inline: { ...principal.inline.stored },
    attached: [...principal.attached.stored].sort(),
    boundary: principal.boundary.stored ?? null,
  };
}

/** The same of a user: a password shows as what it is, so that another one is seen. */
export function storedUser(user: User): { [key: string]: Json } {
  const login = user.login.stored;
  return {
    ...storedPrincipal(user),
    loginProfile: login ? { password: login.password, resetRequired: login.resetRequired } : null,
    keys: user.keys.map((key) => ({ id: key.id, status: key.status.stored })),
    serviceCredentials: user.serviceCredentials.map(({ id, service, status }) => ({
      id,
      service,
      status: status.stored,
    })),
  };
}
