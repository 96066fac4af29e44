import { unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FunctionCall } from '../drills/engine/fault.ts';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import {
  bucket,
  canary,
  changes,
  clockPerTest,
  event,
  heads,
  publicBuckets,
  rehearse,
  rejected,
  says,
  ticks,
  timeline,
} from './arrivals.ts';

clockPerTest();

/** What no text of ours may hold: control characters, bidirectional overrides, zero-width characters, line and paragraph ends. */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const mark = 'hostileMark';

const nasty = fc
  .array(
    fc.constantFrom(
      '../../',
      '\n',
      '\r\n',
      '"',
      "'",
      '`',
      '${x}',
      '{% $states.input %}',
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      '\u001b[31m',
      '\u001b]8;;http://evil\u0007',
      '\u202e',
      '\u2066',
      '\u200b',
      '\u0000',
      '\u2028',
      '\ud800',
      '$(id)',
      '; rm -rf /',
      "=HYPERLINK('x')",
      'é漢😀',
      '__proto__',
      'x'.repeat(10_000),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => `${mark}${parts.join('')}${mark}`);

/** Every text in a value, also names of fields. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(texts);
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, v]) => [name, ...texts(v)]);
}

const isRaw = ({ command, input }: FunctionCall) =>
  command === 'PutObject' && String((input as { Key?: string }).Key).startsWith('events/');

async function exposedTo(events: Record<string, unknown>[]) {
  const calls: FunctionCall[] = [];
  const drill = await rehearse({
    approvesAfter: 1,
    fault: (call) => {
      calls.push(call);
      return undefined;
    },
  });
  for (const one of events) expect(drill.deliver(one)).toBe(true);
  await drill.settle();
  await ticks(drill, 1);
  expect(drill.deadLetters).toEqual([]);
  return { drill, calls };
}

function expectInert(drill: Rehearsal, calls: FunctionCall[]) {
  for (const call of calls.filter((c) => !isRaw(c))) {
    const all = texts(call.input);
    const where = `${call.function} ${call.service}.${call.command}`;
    if (!['DynamoDB', 'SNS', 'SESv2'].includes(call.service) && call.function !== 'tourniquet-archive')
      expect(
        all.filter((t) => t.includes(mark)),
        where,
      ).toEqual([]);
    const lines = all.flatMap((t) => (['SNS', 'SESv2'].includes(call.service) ? t.split('\n') : [t]));
    expect(
      lines.filter((t) => unsafe.test(t)),
      where,
    ).toEqual([]);
    expect(
      all.filter((t) => call.service === 'DynamoDB' && t.length > 8000),
      where,
    ).toEqual([]);
  }
  for (const { message, fields } of drill.logged)
    expect(texts([message, fields]).filter((t) => unsafe.test(t) || t.length > 300)).toEqual([]);
  for (const e of timeline(drill)) expect(unsafe.test(e.text) || e.text.length > 2000, e.text).toBe(false);
  for (const { html = '', subject } of drill.deployment.outbox.mailed) {
    expect(html).not.toMatch(/<script|<img|onerror=alert\(1\)>/);
    expect(subject).toMatch(/^[\x20-\x7e]{1,100}$/);
  }
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
}

describe('hostile text', () => {
  it('in a GuardDuty finding is an invalid target or inert text, and does not hinder the bucket beside it', async () => {
    await fc.assert(
      fc.asyncProperty(nasty, nasty, async (name, text) => {
        const one = event('public-bucket.guardduty-eventbridge', {
          id: text,
          'detail.title': text,
          'detail.description': text,
          'detail.resource.accessKeyDetails': {
            accessKeyId: name,
            principalId: `AROAEXAMPLE:${name}`,
            userName: name,
            userType: 'AssumedRole',
          },
          'detail.resource.s3BucketDetails': [
            { name, arn: `arn:aws:s3:::${name}`, tags: [{ key: text, value: text }] },
            { name: bucket, arn: `arn:aws:s3:::${bucket}`, tags: [{ key: name, value: name }] },
          ],
          'detail.service.action.awsApiCallAction.userAgent': text,
          'detail.service.additionalInfo': JSON.parse(`{"__proto__":{"polluted":1},"value":${JSON.stringify(text)}}`),
        });
        const { drill, calls } = await exposedTo([one]);
        expectInert(drill, calls);
        expect(heads(drill)).toMatchObject([{ status: 'contained' }]);
        expect(changes(drill).map((c) => c.target.id)).toEqual([bucket, bucket]);
      }),
      { numRuns: 4 },
    );
  });

  it('in a finding of a product that anyone may write, and in its type, is inert wherever it is shown', async () => {
    await fc.assert(
      fc.asyncProperty(nasty, nasty, async (name, text) => {
        const custom = event('public-bucket.asff-imported', {
          'detail.findings.0': {
            Id: name,
            ProductArn: 'arn:aws:securityhub:us-east-1:111122223333:product/111122223333/default',
            AwsAccountId: '111122223333',
            Region: 'us-east-1',
            GeneratorId: text,
            Types: [text],
            Title: text,
            Description: text,
            CreatedAt: '2026-11-20T03:09:44.512Z',
            UpdatedAt: '2026-11-20T03:09:44.512Z',
            Severity: { Label: 'HIGH' },
            ProductFields: JSON.parse(`{"__proto__":{"polluted":1},${JSON.stringify(name)}:${JSON.stringify(text)}}`),
            Resources: [
              { Type: 'AwsS3Bucket', Id: `arn:aws:s3:::${name}` },
              { Type: text, Id: name },
              { Type: 'AwsIamUser', Id: `arn:aws:iam::111122223333:user/${name}` },
            ],
          },
        });
        const ocsf = event('public-bucket.ocsf-v2', {
          'detail.findings.0.metadata.product': { name, vendor_name: text },
          'detail.findings.0.finding_info.uid': name,
          'detail.findings.0.finding_info.title': text,
          'detail.findings.0.finding_info.types': [text],
          'detail.findings.0.resources': [{ type: text, uid: name, name }],
          'detail.findings.0.evidences': [],
        });
        const { drill, calls } = await exposedTo([custom, ocsf]);
        expectInert(drill, calls);
        expect(heads(drill)).toHaveLength(2);
        expect(changes(drill)).toEqual([]);
      }),
      { numRuns: 4 },
    );
  });

  it('in a field that must be otherwise is refused in one inert line', async () => {
    await fc.assert(
      fc.asyncProperty(nasty, async (text) => {
        const { drill, calls } = await exposedTo([
          event('public-bucket.guardduty-eventbridge', { 'detail.type': text }),
          event('public-bucket.asff-imported', { 'detail.findings.0.ProductArn': text }),
          {
            ...event('public-bucket.guardduty-eventbridge'),
            detail: JSON.parse(`{"__proto__":{"polluted":1},${JSON.stringify(text)}:1}`),
          },
        ]);
        expectInert(drill, calls);
        expect(rejected(drill)).toHaveLength(3);
        for (const { error } of rejected(drill)) expect(unsafe.test(error) || error.length > 1001, error).toBe(false);
      }),
      { numRuns: 4 },
    );
  });
});

describe('patient data, task tokens and credentials', () => {
  it('are in no sink: not in the table, logs, metrics, executions, mail or topic', async () => {
    const named = `arn:aws:s3:::${bucket}/${canary}`;
    const drill = await rehearse({ approvesAfter: 30 });
    drill.deliver(publicBuckets('one', [bucket]));
    drill.deliver(
      event('public-bucket.asff-imported', {
        'detail.findings.0.Id': 'arn:aws:macie2:us-east-1:111122223333:finding/one',
        'detail.findings.0.ProductArn': 'arn:aws:securityhub:us-east-1::product/aws/macie',
        'detail.findings.0.Types': ['Sensitive Data Identifications/PII/SensitiveData:S3Object-Personal'],
        'detail.findings.0.Title': `The object ${canary} holds names and diagnoses`,
        'detail.findings.0.Description': canary,
        'detail.findings.0.Resources': [
          { Type: 'AwsS3Bucket', Id: `arn:aws:s3:::${bucket}` },
          { Type: 'AwsS3Object', Id: named },
          { Type: 'Other', Id: `${bucket}/${canary}` },
        ],
      }),
    );
    drill.deliver(event('public-bucket.guardduty-eventbridge', { id: canary, 'detail.createdAt': canary }));
    await drill.settle();
    await says(drill, { decision: 'restore', incident: heads(drill)[0]?.id ?? '', reason: 'a rehearsal of the undo' });
    await drill.settle();
    await ticks(drill, 2);

    const table = [...drill.deployment.tables.values()].flatMap((t) => t.snapshot().map((item) => unmarshall(item)));
    const { mailed, published } = drill.deployment.outbox;
    const sinks = {
      table: table.map((item) =>
        item.sk.startsWith('APPROVAL#') ? { ...item, record: { ...item.record, token: '' } } : item,
      ),
      logs: drill.logged,
      metrics: drill.metrics,
      executions: drill.engine.executions,
      mailed,
      published,
      vaultNames: [...drill.world.accounts.values()].flatMap((a) =>
        [...a.buckets.values()].filter((b) => b.name.startsWith('tourniquet-')).flatMap((b) => [...b.objects.keys()]),
      ),
    };
    const sessions = [...drill.world.sessions.values()].map((s) => s.credentials);
    expect(sessions.length).toBeGreaterThan(10);
    expect(mailed.length).toBeGreaterThan(2);
    expect(changes(drill).map((c) => c.state)).toEqual(['undone', 'undone']);
    const secrets = [
      'CANARY',
      'jane-doe',
      'token-',
      ...sessions.flatMap(({ secretAccessKey, sessionToken }) => [secretAccessKey, sessionToken ?? secretAccessKey]),
    ];
    for (const [sink, content] of Object.entries(sinks)) {
      const text = JSON.stringify(content);
      expect(text.length, sink).toBeGreaterThan(10);
      expect(
        secrets.filter((secret) => text.includes(secret)),
        sink,
      ).toEqual([]);
    }
  });
});
