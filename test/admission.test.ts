import { describe, expect, it } from 'vitest';
import type { FunctionCall } from '../drills/engine/fault.ts';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import type { Json } from '../lambdas/core/json.ts';
import {
  addBucket,
  bucket,
  changes,
  clockPerTest,
  custody,
  event,
  executions,
  findings,
  heads,
  ignored,
  plans,
  publicBuckets,
  rehearse,
  rejected,
  settings,
  timeline,
} from './arrivals.ts';

clockPerTest();

const native = 'public-bucket.guardduty-eventbridge';
const asff = 'public-bucket.asff-imported';

/** The calls that reach a member account: none must, for what is not answered. */
const reaching = (calls: FunctionCall[]) => calls.filter((c) => c.command === 'AssumeRole');

async function arrives(one: Record<string, unknown>, more: { drill?: boolean } = {}) {
  const calls: FunctionCall[] = [];
  const drill = await rehearse({
    ...more,
    fault: (call) => {
      calls.push(call);
      return undefined;
    },
  });
  const routed = drill.deliver(one);
  await drill.settle();
  expect(drill.deadLetters).toEqual([]);
  return { drill, calls, routed };
}

/** What the case bucket keeps of an event. */
function kept(drill: Rehearsal, name: string): Json | undefined {
  const caseBucket = drill.deployment.functions.get('tourniquet-intake')?.environment.CASE_BUCKET ?? '';
  const object = drill.world.bucket(caseBucket)?.objects.get(name)?.at(-1);
  return object && JSON.parse(Buffer.from(object.body).toString('utf8'));
}

describe('what is not answered is ignored with the reason recorded', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['an archived finding', event(native, { 'detail.service.archived': true }), /archived by a person/],
    ['an archived record', event(asff, { 'detail.findings.0.RecordState': 'ARCHIVED' }), /archived by a person/],
    ...['SUPPRESSED', 'RESOLVED', 'NOTIFIED'].map((word): [string, Record<string, unknown>, RegExp] => [
      `a finding that is ${word}`,
      event(asff, { 'detail.findings.0.Workflow.Status': word }),
      new RegExp(`workflow status ${word}`),
    ]),
    [
      'a control that passed',
      event('public-bucket.asff-custom-action', {
        'detail.findings.0': undefined,
        'detail.findings.1.Compliance.Status': 'PASSED',
      }),
      /compliance PASSED/,
    ],
  ])('%s', async (_what, one, reason) => {
    const { drill, calls } = await arrives(one, { drill: false });
    expect(ignored(drill)).toMatchObject([{ reason: expect.stringMatching(reason) }]);
    expect(kept(drill, ignored(drill)[0]?.raw ?? '')).toEqual(JSON.parse(JSON.stringify(one)));
    expect(heads(drill)).toEqual([]);
    expect(drill.engine.executions).toEqual([]);
    expect(reaching(calls)).toEqual([]);
  });

  it('but a drill answers a sample finding', async () => {
    const { drill } = await arrives(event(native, { 'detail.service.additionalInfo.sample': true }));
    expect(ignored(drill)).toEqual([]);
    expect(heads(drill)).toHaveLength(1);
  });
});

describe('what is not understood is preserved and told, and nothing is contained', () => {
  it('an unknown type', async () => {
    const { drill } = await arrives(publicBuckets('one', [bucket], { type: 'Policy:S3/SomethingNew' }));
    expect(heads(drill)).toMatchObject([{ playbooks: ['unrecognised'], status: 'nothing to contain' }]);
    expect(changes(drill)).toEqual([]);
    expect(
      custody(drill)
        .map((c) => c.collector)
        .sort(),
    ).toEqual(['bucket-configuration', 'bucket-exposure']);
    expect(drill.deployment.outbox.mailed.length).toBeGreaterThan(0);
    expect(drill.deployment.outbox.published.length).toBeGreaterThan(0);
  });

  const custom = (resources: string[]) =>
    event(asff, {
      'detail.findings.0.ProductArn': 'arn:aws:securityhub:us-east-1:111122223333:product/111122223333/default',
      'detail.findings.0.Id': 'somebody-says-so',
      'detail.findings.0.Resources': resources.map((name) => ({
        Type: 'AwsS3Bucket',
        Id: `arn:aws:s3:::${name}`,
        Region: 'us-east-1',
      })),
    });

  it('a finding of a product that anyone may imitate, though it bears a known type', async () => {
    const { drill } = await arrives(custom([bucket]));
    expect(heads(drill)).toMatchObject([{ playbooks: ['unrecognised'] }]);
    expect(findings(drill)).toMatchObject([{ finding: { trusted: false } }]);
    expect(changes(drill)).toEqual([]);
  });

  it('nor does such a finding contain anything through the case of another', async () => {
    const drill = await rehearse({
      approvesAfter: 1,
      seed: (w) => [bucket, 'victim-bucket'].map((b) => addBucket(w, b)),
    });
    drill.deliver(publicBuckets('one', [bucket]));
    await drill.settle();
    drill.deliver(custom([bucket, 'victim-bucket']));
    await drill.settle();
    expect(heads(drill)).toHaveLength(1);
    expect(findings(drill)).toHaveLength(2);
    expect(changes(drill).map((c) => c.target.id)).toEqual([bucket, bucket]);
    expect(plans(drill).flatMap(({ plan }) => plan.steps.map((s) => s.target.id))).toEqual([bucket, bucket]);
  });

  it('nor does the caller of one finding suffer for the type of another', async () => {
    const { drill } = await arrives(event(native));
    const user = { userType: 'IAMUser', userName: 'etl-nightly', principalId: 'AIDAJQABLZS4A3QDU576Q' };
    const leaked = event('leaked-key.guardduty-eventbridge', {
      'detail.resource.s3BucketDetails': [{ name: bucket }],
      'detail.resource.accessKeyDetails': { ...user, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' },
    });
    drill.deliver(leaked);
    await drill.settle();
    expect(heads(drill)).toHaveLength(1);
    const keyed = plans(drill).flatMap(({ plan }) => plan.steps.filter((s) => s.target.kind !== 's3-bucket'));
    expect([...new Set(keyed.map((s) => s.target.id))].sort()).toEqual(['AKIAIOSFODNN7EXAMPLE', 'etl-nightly']);
  });
});

describe('what cannot be read', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['no type', event(native, { 'detail.type': undefined }), 'detail.type'],
    ['an account of 13 digits', event(native, { 'detail.accountId': '1111222233334' }), 'detail.accountId'],
    ['an ARN without partition', event(native, { 'detail.arn': 'arn:aws::guardduty:x' }), 'detail.arn'],
    ['a time that is none', event(native, { 'detail.createdAt': 'yesterday' }), 'detail.createdAt'],
    ['no detail', event(native, { detail: undefined }), 'detail'],
    ['a list where an object belongs', event(native, { 'detail.resource': [] }), 'detail.resource'],
    ['no findings', event(asff, { 'detail.findings': [] }), 'detail.findings'],
    ['no resources', event(asff, { 'detail.findings.0.Resources': [] }), 'detail.findings[0].Resources'],
    [
      'an OCSF finding without severity',
      event('public-bucket.ocsf-v2', {
        'detail.findings.0.severity_id': undefined,
        'detail.findings.0.severity': undefined,
      }),
      'detail.findings[0].severity_id',
    ],
  ])('%s is refused by the name of its field, kept, and done', async (_what, one, field) => {
    const { drill, calls, routed } = await arrives(one);
    expect(routed).toBe(true);
    expect(rejected(drill)).toMatchObject([{ field, error: expect.stringContaining(field) }]);
    expect(kept(drill, rejected(drill)[0]?.raw ?? '')).toEqual(JSON.parse(JSON.stringify(one)));
    expect(drill.metrics).toEqual({ FindingRefused: 1 });
    expect(heads(drill)).toEqual([]);
    expect(drill.engine.executions).toEqual([]);
    expect(reaching(calls)).toEqual([]);
    expect(calls.filter((c) => c.command === 'PutObject')).toHaveLength(1);
  });

  it('names every field when several findings of one event are broken, and answers the one that is not', async () => {
    const { drill } = await arrives(
      event('public-bucket.asff-custom-action', {
        'detail.findings.0.AwsAccountId': 'none',
        'detail.findings.2': { Id: 'nothing else' },
      }),
    );
    expect(rejected(drill)).toHaveLength(1);
    expect(rejected(drill)[0]?.field).toBe('detail.findings[0].AwsAccountId, detail.findings[2].ProductArn');
    expect(drill.metrics.FindingRefused).toBe(2);
    expect(heads(drill)).toHaveLength(1);
  });

  it('is one record when it arrives many times at once', async () => {
    const broken = event(native, { 'detail.type': undefined });
    const drill = await rehearse();
    for (let n = 0; n < 10; n++) drill.deliver(broken);
    await drill.settle();
    expect(rejected(drill)).toHaveLength(1);
    expect(drill.deadLetters).toEqual([]);
  });
});

describe('whose it is', () => {
  it('an event of an account that is not ours matches no rule', async () => {
    const { drill, calls, routed } = await arrives(event(native, { account: '999999999999' }));
    expect(routed).toBe(false);
    expect(calls).toEqual([]);
    expect(heads(drill)).toEqual([]);
  });

  it('a finding about an account without settings is told of, and nothing there is called', async () => {
    const { drill, calls } = await arrives(publicBuckets('one', [bucket], { account: '999999999999' }));
    expect(heads(drill)).toMatchObject([{ status: 'not contained' }]);
    expect(plans(drill)[0]?.plan.withheld.map((w) => w.reason)).toEqual([
      expect.stringContaining('account 999999999999 is not in the settings'),
      expect.stringContaining('account 999999999999 is not in the settings'),
    ]);
    expect(reaching(calls)).toEqual([]);
    expect(executions(drill, 'contain')).toEqual([]);
    expect(timeline(drill).some((e) => e.kind === 'told')).toBe(true);
    expect(settings.accounts.members.map((m) => m.id)).not.toContain('999999999999');
  });
});
