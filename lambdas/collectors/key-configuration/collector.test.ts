import { describe, expect, it } from 'vitest';
import { delegatingPolicy } from '../../../drills/aws/kms/key.ts';
import { lines, run } from '../../../test/collecting.ts';
import { TargetNotFound } from '../../core/errors.ts';
import type { Target } from '../../core/target.ts';
import manifest from './collector.json' with { type: 'json' };
import configuration from './collector.ts';

const account = '111122223333';
const id = '1234abcd-12ab-34cd-56ef-1234567890ab';
const key: Target = { kind: 'kms-key', id, account, region: 'us-east-1' };
const stranger = { grantee: 'arn:aws:iam::999988887777:role/collector', operations: ['Decrypt'] };
const service = { grantee: 'dynamodb.us-east-1.amazonaws.com', operations: ['Decrypt'] };
const seeded = (policy = delegatingPolicy(account)) => ({
  keys: [
    {
      arn: `arn:aws:kms:us-east-1:${account}:key/${id}`,
      policy,
      grants: [stranger, service, ...Array.from({ length: 60 }, () => ({ ...service }))],
    },
  ],
});

describe('key-configuration', () => {
  it('counts the grants of every page and those to strangers, with the calls that it declares and no others', async () => {
    const r = run(configuration, manifest, key, seeded());
    const c = await r.collected;
    expect(c.summary).toBe(
      `KMS key ${id} is Enabled; grants: 62, to accounts outside your settings: 1; key policy kept.`,
    );
    expect(c.coverage).toMatchObject({ level: 'complete', notes: [] });
    expect(lines(c)[0].configuration.grants.value).toHaveLength(62);
    expect([...r.used].sort()).toEqual(manifest.permissions.flatMap((s) => s.actions).sort());
  });

  it('keeps the text of the policy in the body alone', async () => {
    const c = await run(configuration, manifest, key, seeded()).collected;
    expect(lines(c)[0].configuration.policy.value).toContain('kms:*');
    expect(JSON.stringify([c.summary, c.coverage])).not.toContain('kms:*');
  });

  it('says what a key that does not trust its account keeps from it', async () => {
    const hides = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'kms:DescribeKey', Resource: '*' }],
    };
    const c = await run(configuration, manifest, key, seeded(hides)).collected;
    expect(c.coverage.level).toBe('partial');
    expect(c.coverage.notes).toHaveLength(2);
    expect(c.summary).toMatch(/Enabled; its grants could not be read; key policy unreadable/);
  });

  it('fails for a key that is gone', async () => {
    await expect(run(configuration, manifest, key, {}).collected).rejects.toThrow(TargetNotFound);
  });
});
