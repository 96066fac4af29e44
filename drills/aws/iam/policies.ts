import { AwsError, type Service } from '../kernel.ts';
import type { World } from '../world.ts';
import type { Principal } from './principals.ts';
import {
  checkedPolicy,
  type Kind,
  modifiable,
  nameOf,
  noSuchEntity,
  type PageInput,
  page,
  pageParameters,
  principalCommand,
} from './requests.ts';

interface PolicyInput extends PageInput {
  PolicyName?: string;
  PolicyDocument?: string;
  PolicyArn?: string;
}

/** All inline policies of one principal together, white space not counted (IAM quotas). */
const inlineLimit = { User: 2048, Role: 10_240 };
/** Managed policies per principal (IAM quotas). */
const attachedLimit = 10;

const policyName = (input: PolicyInput) => nameOf(input.PolicyName, 'PolicyName', 128);

function inlineText(principal: Principal, name: string): string {
  const text = principal.inline.stored[name];
  if (text === undefined) throw noSuchEntity(`The policy with name ${name} of ${principal.arn}`);
  return text;
}

function putInline(kind: 'User' | 'Role', principal: Principal, input: PolicyInput): void {
  modifiable(principal);
  const policies = { ...principal.inline.stored, [policyName(input)]: checkedPolicy(input.PolicyDocument) };
  const size = Object.values(policies).join('').replace(/\s/g, '').length;
  if (size > inlineLimit[kind])
    throw new AwsError(
      'LimitExceededException',
      409,
      `Maximum policy size of ${inlineLimit[kind]} bytes exceeded for ${kind.toLowerCase()} ${principal.name}`,
    );
  principal.inline.set(policies);
}

function deleteInline(principal: Principal, input: PolicyInput): void {
  modifiable(principal);
  const name = policyName(input);
  inlineText(principal, name);
  principal.inline.set(Object.fromEntries(Object.entries(principal.inline.stored).filter(([key]) => key !== name)));
}

function attach(world: World, principal: Principal, arn = ''): void {
  modifiable(principal);
  if (world.managedPolicy(principal.account, arn) === undefined) throw noSuchEntity(`Policy ${arn}`);
  const attached = principal.attached.stored;
  if (attached.includes(arn)) return;
  if (attached.length >= attachedLimit)
    throw new AwsError('LimitExceededException', 409, `Cannot exceed quota for PoliciesPerPrincipal: ${attachedLimit}`);
  principal.attached.set([...attached, arn]);
}

function detach(principal: Principal, arn = ''): void {
  modifiable(principal);
  if (!principal.attached.stored.includes(arn)) throw noSuchEntity(`Policy ${arn} attached to ${principal.arn}`);
  principal.attached.set(principal.attached.stored.filter((other) => other !== arn));
}

/** Inline and attached policies: seven commands that users and roles have alike. */
export function policyCommands<P extends Principal>(world: World, kind: Kind<P>): Service {
  const command = <O>(
    action: string,
    parameters: readonly string[],
    run: (principal: P, input: PolicyInput) => O,
    context?: (input: PolicyInput) => Record<string, string | undefined>,
  ) =>
    principalCommand<P, PolicyInput & { UserName?: string; RoleName?: string }, O>(world, kind, {
      action: `iam:${action}`,
      parameters,
      run,
      ...(context && { context }),
    });
  const policyArn = (input: PolicyInput) => ({ 'iam:PolicyARN': input.PolicyArn });
  const k = kind.name;
  return {
    [`List${k}Policies`]: command(`List${k}Policies`, pageParameters, (principal, input) => {
      const { items, ...more } = page(Object.keys(principal.inline.stored).sort(), input);
      return { PolicyNames: items, ...more };
    }),
    // IAM returns policy text URL-encoded (RFC 3986), and the SDK does not decode it.
    [`Get${k}Policy`]: command(`Get${k}Policy`, ['PolicyName'], (principal, input) => ({
      [`${k}Name`]: principal.name,
      PolicyName: policyName(input),
      PolicyDocument: encodeURIComponent(inlineText(principal, policyName(input))),
    })),
    [`Put${k}Policy`]: command(`Put${k}Policy`, ['PolicyName', 'PolicyDocument'], (principal, input) =>
      putInline(k, principal, input),
    ),
    [`Delete${k}Policy`]: command(`Delete${k}Policy`, ['PolicyName'], deleteInline),
    [`ListAttached${k}Policies`]: command(`ListAttached${k}Policies`, pageParameters, (principal, input) => {
      const { items, ...more } = page(principal.attached.stored, input);
      return {
        AttachedPolicies: items.map((arn) => ({ PolicyArn: arn, PolicyName: arn.split('/').at(-1) })),
        ...more,
      };
    }),
    [`Attach${k}Policy`]: command(
      `Attach${k}Policy`,
      ['PolicyArn'],
      (principal, input) => attach(world, principal, input.PolicyArn),
      policyArn,
    ),
    [`Detach${k}Policy`]: command(
      `Detach${k}Policy`,
      ['PolicyArn'],
      (principal, input) => detach(principal, input.PolicyArn),
      policyArn,
    ),
  };
}
