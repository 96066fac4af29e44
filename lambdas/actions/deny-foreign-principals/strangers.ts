import { matchesPattern, type PolicyCondition, type PolicyStatement, statementsOf } from '../../core/policy.ts';
import { isPublic, outsiders } from '../../core/public-access.ts';
import type { Target } from '../../core/target.ts';
import { actionsOf, statementName } from '../../platform/bucket-statement.ts';

/** The name by which our statement is found again in a policy. */
export const sid = 'TourniquetDenyForeignPrincipals';

/** Of the policy only the statement named `sid` is ours; the rest says who loses what. */
export type State = {
  policy: string | null;
  /** the accounts of the settings and the bucket's own, sorted */
  ours: string[];
  partition: string;
  /** canonical id of the bucket's owner */
  owner: string;
  /** `canonical user 79a59df900b9… READ`: who is let in by the bucket's ACL; [] where ACLs decide nothing */
  aclGrants: string[];
};

/** Who outside our accounts the policy and the ACL let in now, and what they lose. */
export function lossesOf(state: State, target: Target): string[] {
  const allows = statementsOf(state.policy).filter(({ effect }) => effect === 'Allow');
  return [
    ...new Set(allows.flatMap((statement) => lossesBy(statement, state, target))),
    ...state.aclGrants.map((grant) => `The bucket ACL's grant ${grant} ends for everyone outside our accounts.`),
  ];
}

function lossesBy(statement: PolicyStatement, { owner, ours }: State, { id, account }: Target): string[] {
  const what = `${actionsOf(statement)}, which ${statementName(statement)} of the policy of bucket ${id} gives`;
  const strangers = outsiders(statement, { account, canonicalId: owner }).filter((who) => !isOurs(who, ours));
  return [
    ...(isPublic(statement)
      ? [`Everyone outside our accounts, with credentials or without, loses ${what}; so do visitors of a website.`]
      : []),
    ...strangers.map((who) => {
      const unless = who.startsWith('callers') ? ' unless they call from one of our accounts' : '';
      return `${who.charAt(0).toUpperCase()}${who.slice(1)} ${unless === '' ? 'loses' : 'lose'} ${what}${unless}.`;
    }),
  ];
}

/**
 * The statements that let an AWS service read objects for whoever asks it: the deny leaves services in, and nothing in these says for
 * which account they act (IAM user guide, "The confused deputy problem").
 */
export function servicesForAnybody({ policy, ours }: State): string[] {
  return statementsOf(policy)
    .filter((s) => s.effect === 'Allow' && readsObjects(s) && !s.conditions.some((one) => actsForUs(one, ours)))
    .flatMap((s) => {
      const services = s.principals.filter(({ kind }) => kind === 'Service').map(({ value }) => value);
      return services.length === 0 ? [] : [`${statementName(s)} (${services.join(', ')})`];
    });
}

const readCalls = ['s3:getobject', 's3:getobjectversion'];

function readsObjects({ actions, notActions }: PolicyStatement): boolean {
  const named = (list: string[], call: string) => list.some((pattern) => matchesPattern(pattern.toLowerCase(), call));
  return readCalls.some((call) => (notActions.length > 0 ? !named(notActions, call) : named(actions, call)));
}

/** An organization is not counted: which one is ours is not known here. */
function actsForUs({ operator, key, values }: PolicyCondition, ours: string[]): boolean {
  if (values.length === 0 || !/^(?:String(?:Equals|Like)|Arn(?:Equals|Like))$/.test(operator)) return false;
  if (key.toLowerCase() === 'aws:sourceaccount') return values.every((one) => ours.includes(one));
  return key.toLowerCase() === 'aws:sourcearn' && values.every((arn) => ours.includes(arn.split(':')[4] ?? ''));
}

/** Our own accounts go on, and deleted principals have nothing to lose. */
function isOurs(who: string, ours: string[]): boolean {
  const accounts = who.match(/\b\d{12}\b/g) ?? [];
  return who.startsWith('deleted principal') || (accounts.length > 0 && accounts.every((one) => ours.includes(one)));
}
