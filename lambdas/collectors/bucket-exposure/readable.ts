import { matchesPattern, type PolicyStatement, statementsOf } from '../../core/policy.ts';
import { isPublic } from '../../core/public-access.ts';

/** Which objects of a bucket a policy lets anyone read, whatever the public access block says at the moment. */
export interface PolicyReach {
  /** whether any statement lets everyone read anything */
  open: boolean;
  readable(key: string): boolean;
}

/**
 * Judged as for a caller without credentials: public Allow statements for s3:GetObject, less what is denied to everybody without
 * a condition. A condition that BPA does not count as a limit (a Referer) can be met by anyone; a Deny with a condition may not
 * match, so it takes nothing away: rather one object too many than one too few.
 */
export function policyReach(policy: string | null, bucketArn: string): PolicyReach {
  const statements = statementsOf(policy).filter(reads);
  const allows = statements.filter(isPublic);
  const denies = statements.filter((s) => s.effect === 'Deny' && isForAll(s) && s.conditions.length === 0);
  const covers = (key: string) => (s: PolicyStatement) => coversResource(s, `${bucketArn}/${key}`);
  return {
    open: allows.length > 0,
    readable: (key) => allows.some(covers(key)) && !denies.some(covers(key)),
  };
}

function reads({ actions, notActions }: PolicyStatement): boolean {
  const named = (list: string[]) => list.some((a) => matchesPattern(a.toLowerCase(), 's3:getobject'));
  return notActions.length > 0 ? !named(notActions) : named(actions);
}

function isForAll({ principals, notPrincipal }: PolicyStatement): boolean {
  return !notPrincipal && principals.some(({ kind, value }) => kind === 'AWS' && value === '*');
}

/** A policy variable in a resource has no value for a caller without credentials, so the pattern matches nothing. */
function coversResource({ resources, notResources }: PolicyStatement, arn: string): boolean {
  const named = (list: string[]) => list.some((r) => !r.includes('${') && matchesPattern(r, arn));
  return notResources.length > 0 ? !named(notResources) : named(resources);
}
