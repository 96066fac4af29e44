import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authorise } from '../drills/aws/iam/authorise.ts';
import type { Caller } from '../drills/aws/kernel.ts';
import denyManifest from '../lambdas/actions/deny-foreign-principals/action.json' with { type: 'json' };
import deny from '../lambdas/actions/deny-foreign-principals/action.ts';
import { sid } from '../lambdas/actions/deny-foreign-principals/strangers.ts';
import grantsManifest from '../lambdas/actions/remove-public-bucket-grants/action.json' with { type: 'json' };
import grants from '../lambdas/actions/remove-public-bucket-grants/action.ts';
import { NotYetRestored } from '../lambdas/core/errors.ts';
import type { JsonObject } from '../lambdas/core/json.ts';
import { account, allow, arn, begun, id, on, partnerOfOurs, policy, stranger } from './begun.ts';
import type { Stage } from './member-account.ts';

/** What each kind of caller may do, judged by the simulated IAM. */
function decisions(s: Stage, callers: Caller[]): string[] {
  const needs = [
    { action: 's3:GetObject', resource: `${arn}/a`, owner: account },
    { action: 's3:PutObject', resource: `${arn}/a`, owner: account },
    { action: 's3:ListBucket', resource: arn, owner: account },
    { action: 's3:GetBucketPolicy', resource: arn, owner: account },
    { action: 's3:PutBucketPolicy', resource: arn, owner: account },
  ];
  return callers.flatMap((caller) =>
    needs.map((need) => {
      const call = { caller, region: 'us-east-1', now: s.now(), sourceIp: '198.51.100.20' };
      return authorise(s.world, need, call).decision;
    }),
  );
}
const root = (of: string): Caller => ({
  type: 'root',
  account: of,
  principalArn: `arn:aws:iam::${of}:root`,
  userId: of,
});
const kept = (s: Stage): Caller[] => {
  const responder = s.world.account(account).roles.get('tourniquet-responder');
  if (!responder) throw new Error('the stage has its role');
  return [
    root(account),
    root(partnerOfOurs),
    s.world.roleSession(responder, 'case'),
    s.world.serviceCaller('logging.s3.amazonaws.com', { account }),
    s.world.serviceCaller('cloudtrail.amazonaws.com', { account: stranger }),
  ];
};
const outside: Caller[] = [root(stranger), { type: 'anonymous', account: 'anonymous', userId: 'anonymous' }];

const someone = fc.constantFrom<JsonObject | string>(
  '*',
  { AWS: '*' },
  { AWS: account },
  { AWS: [`arn:aws:iam::${stranger}:root`, partnerOfOurs] },
  { AWS: stranger },
  { Service: ['logging.s3.amazonaws.com', 'cloudtrail.amazonaws.com'] },
);
const condition = fc.constantFrom<JsonObject>(
  {},
  { Condition: { Bool: { 'aws:SecureTransport': 'true' } } },
  { Condition: { StringEquals: { 'aws:PrincipalAccount': [stranger, partnerOfOurs] } } },
  { Condition: { StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-ours' } } },
);
const anyStatement = fc
  .tuple(someone, condition, fc.constantFrom('Allow', 'Allow', 'Deny'), fc.constantFrom('s3:*', 's3:GetObject'))
  .map(([who, when, Effect, Action]) =>
    // a Deny of everything would lock us out before we begin
    allow(who, { ...when, Effect, Action: Effect === 'Deny' ? 's3:GetObject' : Action }),
  );
const olderOfOurs = allow('*', { Sid: sid, Effect: 'Deny', Action: 's3:PutObject' });
const anyPolicy = fc.option(
  fc
    .tuple(fc.array(anyStatement, { minLength: 1, maxLength: 5 }), fc.boolean(), fc.boolean())
    .map(([list, bare, older]): JsonObject => {
      const [only] = list;
      if (bare && only) return { Version: '2012-10-17', Statement: only };
      return { Id: 'theirs', ...policy(...list, ...(older ? [olderOfOurs] : [])) };
    }),
  { nil: undefined },
);

const allows = (given: JsonObject | undefined): JsonObject[] =>
  [(given?.Statement ?? []) as JsonObject | JsonObject[]].flat().filter(({ Effect }) => Effect === 'Allow');

describe('deny-foreign-principals, on any policy', () => {
  it('shuts out every stranger, changes nothing for our accounts and AWS services, and comes back exactly', async () => {
    await fc.assert(
      fc.asyncProperty(anyPolicy, async (given) => {
        const s = on(given === undefined ? {} : { policy: given as never });
        const start = s.world.snapshot();
        const older = JSON.stringify(given ?? {}).includes(sid);
        const before = decisions(s, kept(s));
        const change = await begun(s, deny, denyManifest);
        await change.apply();
        s.pass({ seconds: 5 });
        // a service stays in, and a stranger may be behind one that no condition ties to us: a person looks at it
        const services = allows(given).some(({ Principal }) => JSON.stringify(Principal).includes('"Service"'));
        const by = { safe: false, why: expect.stringMatching(/an AWS service may read the bucket for any account/) };
        expect(await change.verdict()).toEqual(services ? by : { safe: true });
        expect(decisions(s, outside)).not.toContain('allow');
        if (!older) expect(decisions(s, kept(s))).toEqual(before);
        await change.undo();
        expect(s.world.snapshot()).toEqual(start);
      }),
      { numRuns: 150 },
    );
  });
});

describe('deny-foreign-principals', () => {
  const vendor = allow({ AWS: stranger }, { Sid: 'Vendor' });
  const put = (...statements: JsonObject[]) => ({
    service: 'S3',
    command: 'PutBucketPolicy',
    input: { Bucket: id, Policy: JSON.stringify(policy(...statements)) },
  });
  const sids = (s: Stage) =>
    JSON.parse(s.world.bucket(id)?.policy.stored ?? '{"Statement":[]}').Statement.map((one: JsonObject) => one.Sid);

  it('keeps a statement that somebody adds between our reading and our writing, and one added after us', async () => {
    const s = on({ policy: policy(vendor) as never });
    const change = await begun(s, deny, denyManifest);
    await s.act(put(vendor, allow({ AWS: partnerOfOurs }, { Sid: 'New' })));
    await change.apply();
    expect(sids(s)).toEqual(['Vendor', 'New', sid]);
    await change.undo();
    expect(sids(s)).toEqual(['Vendor', 'New']);
  });

  it('leaves no policy behind where there was none, and keeps what others put there meanwhile', async () => {
    const s = on();
    const change = await begun(s, deny, denyManifest);
    await change.apply();
    await change.undo();
    expect(s.world.bucket(id)?.policy.stored).toBeUndefined();
    await change.apply();
    const ours = JSON.parse(s.world.bucket(id)?.policy.stored ?? '').Statement;
    await s.act(put(...ours, vendor));
    await change.undo();
    expect(sids(s)).toEqual(['Vendor']);
  });

  it('says what stands in the way: a public statement under the block, a deleted principal, a full policy', async () => {
    const open = allow('*', { Sid: 'Open' });
    const blocked = on({ policy: policy(open) as never, publicAccessBlock: { BlockPublicPolicy: true } });
    await expect((await begun(blocked, deny, denyManifest)).apply()).rejects.toThrow(/remove the public grants first/);
    const dead = on({ policy: policy(allow({ AWS: 'AIDAJQABLZS4A3QDU576Q' })) as never });
    await expect((await begun(dead, deny, denyManifest)).apply()).rejects.toThrow(/user or role that was deleted/);
    const many = Array.from({ length: 90 }, (_, i) => allow({ AWS: stranger }, { Sid: `Vendor${i}${'x'.repeat(60)}` }));
    const full = on({ policy: policy(...many) as never });
    await expect((await begun(full, deny, denyManifest)).apply()).rejects.toThrow(/20 KB/);
  });

  it.each(['deny first', 'grants first'])('goes together with the removal of public grants: %s', async (order) => {
    const open = allow('*', { Sid: 'Open' });
    const s = on({ policy: policy(vendor, open) as never });
    const start = s.world.snapshot();
    const take = async () =>
      order === 'deny first' ? [await denied(), await removed()] : [await removed(), await denied()];
    const denied = () => made(begun(s, deny, denyManifest));
    const removed = () => made(begun(s, grants, grantsManifest));
    const made = async <T extends { apply(): Promise<void> }>(change: Promise<T>) => {
      await (await change).apply();
      return change;
    };
    const changes = await take();
    expect(sids(s)).toEqual(['Vendor', sid]);
    for (const change of changes) {
      expect(await change.verdict()).toEqual({ safe: true });
      expect(await change.drifted()).toBe(false);
    }
    for (const change of changes.reverse()) await change.undo();
    expect(s.world.snapshot()).toEqual(start);

    const [first, second] = await take();
    await first?.undo();
    await second?.undo();
    expect(sids(s).sort()).toEqual(['Open', 'Vendor']);
  });

  it('waits with its undo until a lifted public access block has spread', async () => {
    const s = on({ policy: policy(allow('*', { Sid: 'Open' })) as never });
    const start = s.world.snapshot();
    const change = await begun(s, deny, denyManifest);
    await change.apply();
    const flags = { BlockPublicPolicy: true };
    const set = { Bucket: id, PublicAccessBlockConfiguration: flags };
    await s.act({ service: 'S3', command: 'PutPublicAccessBlock', input: set });
    s.pass({ seconds: 5 });
    await s.act({ service: 'S3', command: 'DeletePublicAccessBlock', input: { Bucket: id } });
    await expect(change.undo()).rejects.toThrow(NotYetRestored);
    s.pass({ seconds: 5 });
    await change.undo();
    expect(s.world.snapshot()).toEqual(start);
  });
});
