import type { Actor } from '../core/finding.ts';
import { arnOf } from './arn.ts';
import type { Named } from './resources.ts';

/** Who called, in GuardDuty's words, which Security Hub keeps. All of it may hold anything. */
export interface Principal {
  /** IAMUser, AssumedRole, Role, Root, FederatedUser, AWSAccount, AWSService */
  userType?: string | undefined;
  /** for roles the ROLE's name */
  userName?: string | undefined;
  /** for roles `AROA…:session-name` */
  principalId?: string | undefined;
  accessKeyId?: string | undefined;
  /** the role that issued the session, as an ARN; counts more than `userName` */
  issuer?: string | undefined;
  /** the caller's own account, where the finding says it */
  account?: string | undefined;
  /** the address that the call came from */
  origin?: string | undefined;
}

const kinds: Record<string, Actor['kind'] | undefined> = {
  IAMUser: 'iam-user',
  AssumedRole: 'role-session',
  Role: 'role-session',
  Root: 'root',
  FederatedUser: 'federated-user',
  AWSAccount: 'aws-account',
  AWSService: 'aws-service',
};

/** Why a principal of this kind and its key are never acted on. */
const spared: Partial<Record<Actor['kind'], string>> = {
  anonymous: 'an anonymous caller has no credential to disable',
  'aws-account': 'another AWS account: its credentials are not ours to disable',
  'aws-service': 'an AWS service: it has no credential to disable',
};

/** Why only the key of such a principal is never acted on. */
const keySpared: Partial<Record<Actor['kind'], string>> = {
  root: 'a key of the root user, who is acted on as a whole',
};

function kindOf(who: Principal): Actor['kind'] {
  const type = who.userType ?? '';
  // only together with AWSAccount: an attacker may name an IAM user ANONYMOUS_PRINCIPAL
  if (who.userName === 'ANONYMOUS_PRINCIPAL' && (type === 'AWSAccount' || type === '')) return 'anonymous';
  return (Object.hasOwn(kinds, type) ? kinds[type] : undefined) ?? 'unknown';
}

function roleName(who: Principal): string | undefined {
  const arn = arnOf(who.issuer ?? '');
  return arn?.service === 'iam' && arn.resource.startsWith('role/') ? who.issuer : who.userName;
}

/** The session's name: `AROA…:session` */
function sessionOf(who: Principal): string | undefined {
  return /^AROA[A-Z0-9]+:(.+)$/s.exec(who.principalId ?? '')?.[1];
}

/** The actor, or undefined when nothing at all is known of who called. */
export function actorOf(who: Principal): Actor | undefined {
  const [id, ...session] = (who.principalId ?? '').split(':');
  const name = who.userName;
  const { accessKeyId } = who;
  if (!name && !id && !accessKeyId && !who.origin) return undefined;
  return {
    kind: kindOf(who),
    ...(id ? { id } : {}),
    ...(name ? { name } : {}),
    ...(session.length > 0 ? { session: session.join(':') } : {}),
    ...(accessKeyId ? { accessKeyId } : {}),
    ...(who.origin ? { origin: who.origin } : {}),
  };
}

/**
 * The resources that a principal stands for: its key, and its user, role with session, or root user. Nothing of anonymous callers,
 * other accounts and services becomes a target; federated users have no IAM user of their own.
 */
export function namedBy(who: Principal, account: string): Named[] {
  const kind = kindOf(who);
  const foreign = who.account !== undefined && who.account !== account;
  const why = spared[kind] ?? (foreign ? `of account ${who.account}, not of the account in the finding` : undefined);
  const named: Named[] = [];
  if (who.accessKeyId) named.push({ type: 'AwsIamAccessKey', name: who.accessKeyId, spared: why ?? keySpared[kind] });
  if (kind === 'iam-user' && who.userName) named.push({ type: 'AwsIamUser', name: who.userName, spared: why });
  const role = kind === 'role-session' ? roleName(who) : undefined;
  if (role) named.push({ type: 'AwsIamRole', name: role, spared: why });
  const session = role && sessionOf(who);
  if (session) named.push({ type: 'AssumedRole', name: `${role.split('/').at(-1)}/${session}`, spared: why });
  if (kind === 'root') named.push({ type: 'Root', name: 'root', spared: why });
  return named;
}
