import type { ActionManifest } from './manifest.ts';
import { ownRoles } from './own-roles.ts';
import type { MemberAccount, Settings } from './settings.ts';
import { principalArn, type Target, targetKey, targetKinds } from './target.ts';

const unchangeable = 'service-linked and Identity Center roles cannot be changed through IAM';

/** Why a target must not be touched at all, or undefined (invariant 5). */
export function refusal(t: Target, settings: Settings): string | undefined {
  if (!memberOf(t.account, settings))
    return `account ${t.account} is not in the settings: Tourniquet has no role there; add it, or contain by hand`;
  const arn = principalArn(t);
  if (isOwn(t, settings)) return `it is ${arn ? 'a principal' : `a ${targetKinds[t.kind].noun}`} of Tourniquet itself`;
  if (!arn) return undefined;
  if (/:role\/(?:AWSServiceRole|AWSReservedSSO_)/.test(arn)) return unchangeable;
  const match = settings.protectedPrincipals.find((p) => principalMatches(p, arn));
  return match ? `protected principal (${match})` : undefined;
}

/**
 * What is ours: in member accounts exactly our roles, whose names are taken there; whatever has our prefix where we run. A prefix in a
 * member account says nothing: anybody there may give a name to what he makes. IAM names are one whatever their case.
 */
export function isOwn(t: Pick<Target, 'id' | 'account'>, { accounts }: Settings): boolean {
  const name = t.id.split('/')[0]?.toLowerCase() ?? '';
  const wherever = [accounts.response, accounts.forensic, accounts.management].includes(t.account);
  return ownRoles.includes(name) || (wherever && name.startsWith('tourniquet-'));
}

/** Why this action must not be done to this target, or undefined: the target is refused, excepted, or out of the action's reach. `now` is an ISO instant. */
export function withholding(
  action: Pick<ActionManifest, 'id' | 'title' | 'through'>,
  t: Target,
  settings: Settings,
  now: string,
): string | undefined {
  const refused = refusal(t, settings);
  // an SCP is the one lever on an Identity Center role
  const lever = action.through === 'management' && /\/AWSReservedSSO_/.test(principalArn(t) ?? '');
  if (refused && !(lever && refused === unchangeable)) return refused;
  const excepted = exceptionOf(action.id, t, settings, now);
  if (excepted) return `exception of ${excepted.owner} until ${excepted.expires}: ${excepted.reason}`;
  if (action.through === 'management' && !settings.accounts.management)
    return 'no management role is configured (accounts.management): an attacker with IAM rights could lift our denies, so the tick keeps reading them back';
  return undefined;
}

/** The exception that covers an action on a target and has not expired. It ends with the day it names, in UTC. */
function exceptionOf(action: string, t: Target, { exceptions }: Settings, now: string) {
  return exceptions.find(
    (e) =>
      sameResource(e.target, t) &&
      (e.actions.length === 0 || e.actions.includes(action)) &&
      now.slice(0, 10) <= e.expires,
  );
}

/** Bucket names are one in all Regions of a partition, and findings name a bucket's Region wrongly: it says nothing there. */
function sameResource(a: Target, b: Target): boolean {
  return targetKey(a) === targetKey(a.kind === 's3-bucket' ? { ...b, region: a.region } : b);
}

/** Whether a protected-principal pattern covers an IAM ARN; a path in the pattern or the ARN does not hide a principal. */
export function principalMatches(pattern: string, arn: string): boolean {
  const [, , , , patternAccount = '', patternName = ''] = pattern.split(':');
  const [, , , , account = '', name = ''] = arn.split(':');
  if (patternAccount !== '*' && patternAccount !== account) return false;
  const last = (s: string) => `${s.split('/')[0]}/${s.split('/').at(-1)}`;
  if (!patternName.endsWith('*')) return name === patternName || last(name) === last(patternName);
  const stem = patternName.slice(0, -1);
  return name.startsWith(stem) || (!stem.endsWith('/') && last(name).startsWith(last(stem)));
}

export function memberOf(account: string, settings: Settings): MemberAccount | undefined {
  return settings.accounts.members.find((m) => m.id === account);
}

/** The clinical contact of a target that care depends on, who is told too. */
export function careContact(t: Target, settings: Settings) {
  return settings.careCritical.find((c) => sameResource(c.target, t))?.contact;
}
