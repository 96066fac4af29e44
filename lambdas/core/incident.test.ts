import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Finding } from './finding.ts';
import {
  type Candidate,
  dispose,
  ignoreReason,
  incidentKey,
  type Standing,
  standing,
  stepOutcome,
} from './incident.ts';
import { workKey } from './reinforcement.ts';
import type { Target } from './target.ts';

const bucket: Target = { kind: 's3-bucket', id: 'records', account: '111122223333', region: 'us-east-1' };
const key: Target = {
  kind: 'iam-access-key',
  id: 'AKIAIOSFODNN7EXAMPLE',
  account: '111122223333',
  region: 'us-east-1',
};
const step = (outcome: Standing['steps'][number]['outcome'], target = bucket) => ({
  action: 'block',
  title: 'Block',
  target,
  outcome,
  plan: 1,
});
const view = (more: Partial<Standing>): Standing => ({ steps: [], withheld: [], footholds: [], ...more });

it('is contained only when every wanted change was read back as safe', () => {
  expect(standing(view({ steps: [step('verified'), step('already-safe')] }))).toEqual({
    status: 'contained',
    open: [],
    offered: [],
  });
  expect(standing(view({}))).toEqual({ status: 'nothing to contain', open: [], offered: [] });
});

it('is never contained while anything is open, and names it', () => {
  const outcomes = fc.array(fc.constantFrom(...stepOutcome.options), { maxLength: 4 });
  fc.assert(
    fc.property(outcomes, fc.boolean(), fc.boolean(), (list, foothold, withheld) => {
      const seen = standing({
        steps: list.map((outcome) => step(outcome)),
        withheld: withheld ? [{ target: bucket, reason: 'protected' }] : [],
        footholds: foothold ? [{ target: key, how: 'made with it', closed: false }] : [],
      });
      const open =
        list.filter((o) => !['verified', 'already-safe', 'rehearsed'].includes(o)).length +
        Number(foothold) +
        Number(withheld);
      expect(seen.open).toHaveLength(open);
      expect(['contained', 'nothing to contain', 'rehearsed'].includes(seen.status)).toBe(open === 0);
      if (list.includes('rehearsed')) expect(seen.status).not.toBe('contained');
    }),
  );
});

it('is partly contained while a known foothold is open, and says which', () => {
  const footholds = [
    { target: key, how: 'a second key', closed: false },
    { target: bucket, how: 'closed before', closed: true },
  ];
  expect(standing(view({ steps: [step('verified')], footholds }))).toEqual({
    status: 'partly contained',
    open: ['open foothold: access key AKIAIOSFODNN7EXAMPLE (a second key)'],
    offered: [],
  });
});

it.each([
  [['verified', 'failed'], 'partly contained'],
  [['verified', 'waiting'], 'partly contained'],
  [['pending', 'waiting'], 'containing'],
  [['waiting', 'failed'], 'waiting for a person'],
  [['drifted'], 'not contained'],
  [['restored'], 'not contained'],
  [['held'], 'not contained'],
  [['paused'], 'not contained'],
] as const)('calls %j %s', (outcomes, status) => {
  expect(standing(view({ steps: outcomes.map((o) => step(o)) })).status).toBe(status);
});

it('is not contained when a target must not be touched', () => {
  const withheld = [{ target: bucket, reason: 'it is a bucket of Tourniquet itself' }];
  expect(standing(view({ withheld }))).toEqual({
    status: 'not contained',
    open: ['not touched: bucket records: it is a bucket of Tourniquet itself'],
    offered: [],
  });
});

it('says once what must not be touched, however many steps would have', () => {
  const withheld = ['protected', 'protected', 'an exception'].map((reason) => ({ target: bucket, reason }));
  expect(standing(view({ withheld })).open).toEqual([
    'not touched: bucket records: protected',
    'not touched: bucket records: an exception',
  ]);
});

const repeats = (outcome: Standing['steps'][number]['outcome'], more: Partial<Standing['steps'][number]> = {}) => ({
  ...step(outcome),
  action: 'deny',
  title: 'Deny',
  reinforces: [workKey({ action: 'block', target: bucket })],
  ...more,
});

it('is contained though a stronger repeat of what holds was declined, and says so', () => {
  expect(standing(view({ steps: [step('verified'), repeats('declined')] }))).toEqual({
    status: 'contained',
    open: [],
    offered: ['offered and declined: Deny (bucket records)'],
  });
});

it('is not contained by silence about a stronger repeat, nor while only part of what it repeats holds', () => {
  expect(standing(view({ steps: [step('verified'), repeats('held')] })).status).toBe('partly contained');
  const both = [workKey({ action: 'block', target: bucket }), workKey({ action: 'block', target: key })];
  const half = standing(view({ steps: [step('verified'), repeats('declined', { reinforces: both })] }));
  expect([half.status, half.offered]).toEqual(['partly contained', []]);
});

it('waits for a person while a stronger repeat of what holds is undecided', () => {
  expect(standing(view({ steps: [step('verified'), repeats('waiting')] }))).toMatchObject({
    status: 'waiting for a person',
    open: ['Deny (records): waiting'],
  });
});

it('is not contained by a repeat that was declined while nothing that it repeats holds', () => {
  for (const first of ['failed', 'declined', 'drifted', 'restored'] as const) {
    const { status, offered } = standing(view({ steps: [step(first), repeats('declined')] }));
    expect([status, offered]).toEqual(['not contained', []]);
  }
  const elsewhere = repeats('declined', { reinforces: [workKey({ action: 'block', target: key })] });
  expect(standing(view({ steps: [step('verified'), elsewhere] })).status).toBe('partly contained');
});

it('is not contained when a stronger repeat fails: only people may leave it undone', () => {
  for (const outcome of ['failed', 'drifted', 'refused', 'paused'] as const)
    expect(standing(view({ steps: [step('verified'), repeats(outcome)] })).status).toBe('partly contained');
});

it('is contained though a stronger repeat of what holds must not be done, and names it', () => {
  const withheld = [{ target: bucket, reason: 'no management role', reinforces: repeats('pending').reinforces }];
  expect(standing(view({ steps: [step('verified')], withheld }))).toEqual({
    status: 'contained',
    open: [],
    offered: ['not touched more strongly: bucket records: no management role'],
  });
  expect(standing(view({ steps: [step('failed')], withheld })).open).toContain(
    'not touched: bucket records: no management role',
  );
});

it('names the first steps that are pending and counts the rest; what went wrong is always named', () => {
  const steps = [...Array.from({ length: 15 }, () => step('pending')), step('failed'), step('held')];
  expect(standing(view({ steps })).open).toEqual([
    'Block (records): failed',
    'Block (records): held',
    ...Array.from({ length: 3 }, () => 'Block (records): pending'),
    '12 more steps pending or waiting',
  ]);
});

const finding = (more: Partial<Finding> = {}): Finding => ({
  product: 'guardduty',
  via: 'guardduty',
  id: 'arn:aws:guardduty:us-east-1:111122223333:detector/d/finding/1',
  type: 'Policy:S3/BucketAnonymousAccessGranted',
  title: '',
  severity: 'high',
  account: '111122223333',
  region: 'us-east-1',
  createdAt: '2026-11-21T02:00:00.000Z',
  updatedAt: '2026-11-21T02:00:00.000Z',
  count: 1,
  sample: false,
  containNow: false,
  archived: false,
  joins: [],
  trusted: true,
  actors: [],
  targets: [bucket],
  untargeted: [],
  phiHint: false,
  ...more,
});
const deployed = { samples: false, members: ['111122223333'] };

it.each([
  [{}, undefined],
  [{ workflow: 'NEW', compliance: 'FAILED' }, undefined],
  [{ sample: true }, 'a sample finding'],
  [{ archived: true }, 'archived'],
  [{ workflow: 'SUPPRESSED' }, 'workflow status SUPPRESSED'],
  [{ workflow: 'NOTIFIED' }, 'workflow status NOTIFIED'],
  [{ compliance: 'PASSED' }, 'compliance PASSED'],
  [{ compliance: 'WARNING' }, 'compliance WARNING'],
])('answers %j unless: %s', (more, reason) => {
  const said = ignoreReason(finding(more), deployed);
  expect(said).toEqual(reason === undefined ? undefined : expect.stringContaining(reason));
});

it('answers a sample finding only in a drill', () => {
  expect(ignoreReason(finding({ sample: true }), { ...deployed, samples: true })).toBeUndefined();
});

const open = (incident: string, by: Candidate['by'] = 'target'): Candidate => ({ incident, by });
const closed = (incident: string, closedAt: string): Candidate => ({ incident, by: 'target', closedAt });

it("attaches to the finding's own open incident first, then to the oldest that holds a target of it", () => {
  expect(dispose(finding(), [], deployed)).toMatchObject({ disposition: 'respond', reason: 'a new cause' });
  expect(dispose(finding(), [open('B'), open('A')], deployed)).toMatchObject({ disposition: 'attach', incident: 'A' });
  expect(dispose(finding(), [open('A'), open('C', 'finding')], deployed)).toMatchObject({ incident: 'C' });
  expect(dispose(finding(), [closed('A', '2026-11-22T00:00:00.000Z'), open('B')], deployed)).toMatchObject({
    incident: 'B',
  });
});

it('opens a new incident after a close only for what is newer than the last close', () => {
  const candidates = [closed('A', '2026-11-20T00:00:00.000Z'), closed('B', '2026-11-21T02:00:00.000Z')];
  expect(dispose(finding(), candidates, deployed)).toMatchObject({
    disposition: 'ignore',
    reason: expect.stringContaining('incident B'),
  });
  const newer = finding({ updatedAt: '2026-11-21T02:00:00.001Z' });
  expect(dispose(newer, candidates, deployed)).toMatchObject({
    disposition: 'respond',
    reason: expect.stringContaining('incident B'),
  });
});

it('is decided alike whatever the order of the candidates', () => {
  const some = [open('B'), open('A'), open('D', 'finding'), closed('C', '2026-11-22T00:00:00.000Z')];
  const said = dispose(finding(), some, deployed);
  fc.assert(
    fc.property(fc.shuffledSubarray(some, { minLength: some.length }), (shuffled) => {
      expect(dispose(finding(), shuffled, deployed)).toEqual(said);
    }),
  );
});

it('has one key for the same targets in any order, and one of its own without a target', () => {
  expect(incidentKey(finding({ targets: [key, bucket] }))).toBe(incidentKey(finding({ targets: [bucket, key] })));
  expect(incidentKey(finding({ targets: [] }))).toMatch(/^finding#[0-9a-f]{24}$/);
  expect(incidentKey(finding({ targets: [], id: 'other' }))).not.toBe(incidentKey(finding({ targets: [] })));
});

it('is not found by the account, Region or root user that it names: two controls about one account are two causes', () => {
  const whole = [
    { ...bucket, kind: 'account-region', id: 'us-east-1' },
    { ...bucket, kind: 'aws-account', id: '111122223333' },
    { ...bucket, kind: 'root-user', id: 'root' },
  ] as Target[];
  expect(incidentKey(finding({ targets: whole }))).not.toBe(incidentKey(finding({ targets: whole, id: 'other' })));
  expect(incidentKey(finding({ targets: [...whole, bucket] }))).toBe(incidentKey(finding({ targets: [bucket] })));
});
