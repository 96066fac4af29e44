/**
 * The roles that act for us in every member account. Exact names, which are taken there: nobody else can make one, as anybody with
 * iam:CreateRole could make another that only begins alike.
 */
export const ownRoles: readonly string[] = ['tourniquet-observer', 'tourniquet-responder'];

/** Their ARNs in an account, for what a deny must leave out. */
export function ownRoleArns(account: string, partition: string): string[] {
  return ownRoles.map((name) => `arn:${partition}:iam::${account}:role/${name}`);
}
