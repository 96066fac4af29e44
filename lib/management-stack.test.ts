import { describe, expect, it } from 'vitest';
import {
  document,
  exampleSettings,
  list,
  resources,
  type Statement,
  statementsByRole,
  type Template,
  templatesOf,
} from './deployment.fixture.ts';

const organization = templatesOf(await exampleSettings('organization'));
const trial = templatesOf(await exampleSettings('trial'));

function trust(template: Template, role: string): Statement[] {
  const found = resources(template, 'AWS::IAM::Role').find(([, r]) => r.Properties.RoleName === role);
  return document(found?.[1].Properties.AssumeRolePolicyDocument);
}

function allowed(statements: Statement[]): { action: string; statement: Statement }[] {
  return statements
    .filter((s) => s.Effect === 'Allow')
    .flatMap((statement) => list(statement.Action).map((action) => ({ action, statement })));
}

/** Resources as text, a reference as its JSON. */
const flat = (resource: unknown) => list(resource).map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));

describe('the roles in the management account', () => {
  const template = organization.management as Template;
  const roles = statementsByRole(template);
  const rights = (role: string) => allowed(roles.get(`tourniquet-organizations-${role}`) ?? []);

  it.each(['observer', 'responder'])('trust, as %s, whom the member role of that name trusts', (role) => {
    expect(trust(template, `tourniquet-organizations-${role}`)).toEqual(
      trust(organization.member, `tourniquet-${role}`),
    );
  });

  it('change two policies of ours, on accounts of the settings, and nothing else in the organization', () => {
    const changes = rights('responder').filter(({ action }) => !/:(?:List|Describe)/.test(action));
    expect(new Set(changes.map(({ action }) => action))).toEqual(
      new Set([
        'organizations:UpdatePolicy',
        'organizations:AttachPolicy',
        'organizations:DetachPolicy',
        'sts:AssumeRoot',
      ]),
    );
    const ours = /^\{"Fn::GetAtt":\["TourniquetQuarantine(?:Principals|Root)","Arn"\]\}$/;
    const member = /^arn:aws:(?:organizations::\*:account\/o-\*\/111122223333|iam::111122223333:root)$/;
    for (const { action, statement } of changes)
      for (const resource of flat(statement.Resource))
        expect(`${action} ${resource}`).toSatisfy(() => ours.test(resource) || member.test(resource));
    for (const { action, statement } of changes)
      if (action === 'sts:AssumeRoot')
        expect(statement.Condition?.StringEquals?.['sts:TaskPolicyArn']).toMatch(/root-task/);
  });

  it('leave the observer nothing that changes anything', () => {
    for (const { action, statement } of rights('observer'))
      expect(action).toSatisfy(
        () =>
          /:(?:List|Describe)/.test(action) ||
          String(statement.Condition?.StringEquals?.['sts:TaskPolicyArn']).endsWith('/IAMAuditRootUserCredentials'),
      );
  });

  it('share no right with the member roles: what goes through the organization is no right of a member account', () => {
    const member = [...statementsByRole(organization.member).values()].flatMap(allowed).map(({ action }) => action);
    expect(member.filter((action) => /^(?:organizations:|sts:)/.test(action))).toEqual([]);
  });

  it('are not made where the settings name no management account', () => {
    expect(trial.management).toBeUndefined();
    expect(JSON.stringify(trial.response)).not.toContain('organizations-');
  });
});
