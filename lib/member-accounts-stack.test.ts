import { describe, expect, it } from 'vitest';
import { settings as schema } from '../lambdas/core/settings.ts';
import example from '../settings.example.json' with { type: 'json' };
import { appOf, exampleSettings, resources, type Template, templatesOf } from './deployment.fixture.ts';

const settings = await exampleSettings('organization');
const organization = { ous: ['ou-ab12-clinics01'], delegated: false };
const stacks = appOf({ ...settings, organization }).synth().stacks;
const template = stacks.find((stack) => stack.id === 'tourniquet-member-accounts')?.template as Template;
const [[, set] = ['', undefined]] = resources(template, 'AWS::CloudFormation::StackSet');

describe('an organization', () => {
  it('deploys the member roles itself, to every account of its units and to those that join', () => {
    expect(set?.Properties).toMatchObject({
      StackSetName: 'tourniquet-member',
      PermissionModel: 'SERVICE_MANAGED',
      CallAs: 'SELF',
      AutoDeployment: { Enabled: true, RetainStacksOnAccountRemoval: false },
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      StackInstancesGroup: [
        { DeploymentTargets: { OrganizationalUnitIds: ['ou-ab12-clinics01'] }, Regions: ['us-east-1'] },
      ],
    });
  });

  it('deploys the very template of a member account', () => {
    expect(JSON.parse(String(set?.Properties.TemplateBody))).toEqual(templatesOf(settings).member);
    expect(stacks.map((stack) => stack.id).filter((id) => id.startsWith('tourniquet-member-'))).toEqual([
      'tourniquet-member-accounts',
    ]);
  });

  it('names in it no account but our own two', () => {
    const anywhere = settings.protectedPrincipals.map((arn) => arn.replace(/\d{12}/, '*'));
    const without = appOf({ ...settings, organization, protectedPrincipals: anywhere }).synth();
    const text = JSON.stringify(without.getStackArtifact('tourniquet-member-accounts').template);
    expect(new Set(text.match(/\b\d{12}\b/g))).toEqual(new Set(['222222222222', '333333333333']));
  });

  it('fits what CloudFormation takes without a bucket, the template inside and the one around it', () => {
    expect(String(set?.Properties.TemplateBody).length).toBeLessThan(51_200);
    expect(JSON.stringify(template).length).toBeLessThan(51_200);
  });

  it('leaves its own account, which no such StackSet reaches, to a stack of its own', () => {
    const { members } = settings.accounts;
    const accounts = {
      ...settings.accounts,
      members: [
        ...members,
        { ...settings.accounts.members[0], id: '777777777777', alias: 'management' } as (typeof members)[0],
      ],
    };
    const { stacks: all } = appOf({ ...settings, accounts, organization }).synth();
    expect(all.map((stack) => stack.id)).toContain('tourniquet-member-management');
    expect(all.map((stack) => stack.id)).not.toContain('tourniquet-member-northwind-clinic');
  });

  it('is asked for in settings that name the account it is made from', () => {
    const { management: _, ...accounts } = example.accounts;
    expect(schema.safeParse({ ...example, organization: { ous: ['r-ab12'] } }).success).toBe(true);
    expect(schema.safeParse({ ...example, accounts, organization: { ous: ['r-ab12'] } }).error?.message).toContain(
      'organization needs the account',
    );
  });
});
