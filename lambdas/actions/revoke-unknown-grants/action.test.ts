import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { type AccountSeed, stage } from '../../../test/member-account.ts';
import { actionManifest } from '../../core/manifest.ts';
import type { Target } from '../../core/target.ts';
import { holderOf } from '../../platform/kms.ts';
import manifest from './action.json' with { type: 'json' };
import action from './action.ts';
import examples from './examples.json' with { type: 'json' };
import { grantOf, missing } from './grants.ts';

const ours = ['111122223333', '555566667777'];
const target: Target = {
  kind: 'kms-key',
  id: '1234abcd-12ab-34cd-56ef-1234567890ab',
  account: '111122223333',
  region: 'us-east-1',
};
const context = (key: string) => ({ Constraints: { EncryptionContextSubset: { [key]: 'x' } } });
const foreign = { GranteePrincipal: 'arn:aws:iam::999988887777:role/collector' };

describe('revoke-unknown-grants', () => {
  it.each([
    ['ours', { GranteePrincipal: 'arn:aws:iam::111122223333:role/app' }],
    [
      'ours',
      {
        GranteePrincipal: 'arn:aws:sts::111122223333:assumed-role/aws:ec2-infrastructure/i-0a',
        ...context('aws:ebs:id'),
      },
    ],
    ['ours', { GranteePrincipal: '555566667777' }],
    ['service', { GranteePrincipal: 'dynamodb.us-east-1.amazonaws.com' }],
    ['service', { GranteeServicePrincipal: 'rds.amazonaws.com', GranteePrincipal: 'rds.amazonaws.com' }],
    ['service', { ...foreign, RetiringPrincipal: 'redshift.us-east-1.amazonaws.com' }],
    ['service-like', { ...foreign, ...context('aws:ebs:id') }],
    ['stranger', { ...foreign, ...context('department') }],
    ['stranger', { GranteePrincipal: '999988887777' }],
    [
      'stranger',
      { GranteePrincipal: 'arn:aws:iam::999988887777:root', RetiringPrincipal: 'arn:aws:iam::999988887777:root' },
    ],
  ] as const)('takes a grant for %s: %j', (holder, entry) => {
    expect(holderOf(entry, ours)).toBe(holder);
  });

  it('says which grants look like a service of AWS and were left', () => {
    const state = { strangers: [], doubtful: [foreign.GranteePrincipal], policyStrangers: [] };
    expect(action.losses(state, target)).toEqual([
      expect.stringMatching(/collector.*looks like an AWS service's and is left/),
    ]);
  });

  it('counts equal grants one for one, and never by their id', () => {
    const one = grantOf({ GrantId: 'a', ...foreign, Operations: ['Decrypt'] });
    expect(missing([one, { ...one, id: 'b' }], [{ ...one, id: 'c' }])).toHaveLength(1);
  });

  describe('on a key that its own policy opens', () => {
    const own = {
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::111122223333:root' },
      Action: 'kms:*',
      Resource: '*',
    };
    const decrypt = (Principal: unknown, Condition?: object) => ({
      ...{ Effect: 'Allow', Principal, Action: 'kms:Decrypt', Resource: '*' },
      ...(Condition && { Condition }),
    });
    async function verdict(...Statement: object[]) {
      const arn = `arn:aws:kms:us-east-1:${target.account}:key/${target.id}`;
      const key = { arn, policy: { Version: '2012-10-17', Statement }, grants: [] } as never;
      const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
      const on = stage({ [target.account]: { keys: [key] } }, target, at, new Set());
      const { state } = await action.capture(target, on.member(actionManifest.parse(manifest).permissions.read));
      return { ...action.verify(state, target, state), losses: action.losses(state, target) };
    }

    it('is not safe while strangers may use it, and says that a person must take them out', async () => {
      for (const stranger of [{ AWS: 'arn:aws:iam::999988887777:root' }, { AWS: '*' }, '*'])
        expect(await verdict(own, decrypt(stranger))).toEqual({
          safe: false,
          why: expect.stringMatching(/key policy itself lets in .*(?:999988887777|everyone).*by hand/),
          losses: [expect.stringMatching(/^Not mended by this step: the key policy/)],
        });
    });

    it('is not called safe when its policy could not be read', async () => {
      const list = { ...own, Action: ['kms:ListGrants', 'kms:DescribeKey'] };
      expect(await verdict(list)).toMatchObject({ safe: false, why: expect.stringMatching(/could not be read/) });
    });

    it('is safe when it lets in services, our own accounts, and everyone who comes from them', async () => {
      const through = { StringEquals: { 'kms:CallerAccount': target.account, 'kms:ViaService': 'ebs.amazonaws.com' } };
      const statements = [
        decrypt({ Service: 'sns.amazonaws.com' }),
        decrypt({ AWS: '555566667777' }),
        decrypt('*', through),
      ];
      expect(await verdict(own, ...statements)).toEqual({ safe: true, losses: [] });
    });
  });

  it('leaves every grant of an AWS service, of our own accounts and of partners in the settings', async () => {
    const accounts = examples[0]?.accounts as unknown as Record<string, AccountSeed>;
    const on = stage(accounts, target, Temporal.Instant.from('2026-03-01T10:00:00Z'), new Set());
    const { read, write } = actionManifest.parse(manifest).permissions;
    const { state } = await action.capture(target, on.member(read));
    await action.apply(target, on.member([...read, ...write]), state, action.intend(state, target, on.now()));
    const [key] = on.world.account(target.account).keys.values();
    expect(key?.grants.stored.map((grant) => grant.grantee)).toEqual([
      'dynamodb.us-east-1.amazonaws.com',
      'arn:aws:iam::111122223333:role/records-app',
      'arn:aws:sts::111122223333:assumed-role/aws:ec2-infrastructure/i-0123456789abcdef0',
      'arn:aws:iam::555566667777:role/analytics',
    ]);
  });
});
