import { principalArn, type Target, targetKey } from './target.ts';

interface Done {
  action: string;
  target: Target;
}

/** One action on one target, whichever plan it stands in. */
export const workKey = ({ action, target }: Done): string => `${action} ${targetKey(target)}`;

/**
 * The work among `others` that a step only repeats more strongly: actions that its own names, on the same target, on the same IAM
 * principal, or on a key that is said to be this user's. Where one of these holds, the step may be left undone. Pure.
 */
export function reinforced(
  names: readonly string[],
  t: Target,
  others: readonly Done[],
  isKeyOf: (key: Target, user: Target) => boolean,
): string[] {
  const samePrincipal = (other: Target) =>
    other.account === t.account && principalArn(t) !== undefined && principalArn(other) === principalArn(t);
  const sameParty = (other: Target) =>
    targetKey(other) === targetKey(t) || samePrincipal(other) || (t.kind === 'iam-user' && isKeyOf(other, t));
  return [...new Set(others.filter((o) => names.includes(o.action) && sameParty(o.target)).map(workKey))];
}
