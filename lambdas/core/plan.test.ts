import { expect, it } from 'vitest';
import type { Finding } from './finding.ts';
import { type ActionManifest, actionManifest, collectorManifest, type Playbook, playbook } from './manifest.ts';
import { answers, type Catalogue, firstAskedStage, nextPlan, type Plan, type PlanInput, planHash } from './plan.ts';
import { type Settings, settings as settingsSchema } from './settings.ts';
import { type Target, targetKey } from './target.ts';

const account = '111122223333';
const clinic = { id: account, alias: 'clinic', phi: 'no' };
const at = (kind: Target['kind'], id: string, more: Partial<Target> = {}): Target => ({
  kind,
  id,
  account,
  region: 'us-east-1',
  ...more,
});
const bucket = at('s3-bucket', 'records');
const key = at('iam-access-key', 'AKIAIOSFODNN7EXAMPLE');
const user = at('iam-user', 'etl');

const action = (id: string, targetKind: Target['kind'], more: Partial<ActionManifest> = {}) =>
  actionManifest.parse({
    id,
    title: id,
    phase: 'RS.MI-01',
    targetKind,
    reversible: true,
    consequence: 'something stops',
    protects: 'something',
    permissions: { read: [], write: [] },
    ...more,
  });
const collector = (id: string, targetKinds: Target['kind'][]) =>
  collectorManifest.parse({ id, title: id, targetKinds, gate: 'beside', limitSeconds: 60, permissions: [] });

const publicBucket = playbook.parse({
  id: 'public-bucket',
  title: '',
  summary: '',
  match: [
    { product: 'guardduty', types: ['Policy:S3/Anonymous'], confidence: 'confirmed' },
    { product: 'guardduty', types: ['Policy:S3/*'], confidence: 'suspected' },
  ],
  stages: [
    [{ action: 'block', approval: 'none', onTimeout: 'proceed' }],
    [{ action: 'ungrant', approval: 'one', onTimeout: 'hold' }],
  ],
  evidence: ['configuration'],
  presumption: 'breach',
});
const leakedKey = playbook.parse({
  id: 'leaked-key',
  title: '',
  summary: '',
  match: [{ product: 'guardduty', types: ['Credential:*'], confidence: 'confirmed' }],
  stages: [
    [
      { action: 'deny', approval: 'none', onTimeout: 'proceed' },
      { action: 'deactivate', approval: 'none', onTimeout: 'proceed' },
    ],
  ],
  evidence: ['activity'],
  presumption: 'unknown',
});
const fallback = playbook.parse({ ...publicBucket, id: 'unrecognised', match: [], stages: [], fallback: true });
const catalogue: Catalogue = {
  actions: {
    block: action('block', 's3-bucket'),
    ungrant: action('ungrant', 's3-bucket'),
    deny: action('deny', 'iam-user', { renewedBy: ['iam-access-key'] }),
    deactivate: action('deactivate', 'iam-access-key'),
  },
  collectors: {
    configuration: collector('configuration', ['s3-bucket']),
    activity: collector('activity', ['iam-access-key']),
  },
  playbooks: { 'public-bucket': publicBucket, 'leaked-key': leakedKey, unrecognised: fallback },
};

const settings = (
  more: Partial<Settings> = {},
  mode: Settings['accounts']['members'][number]['mode'] = 'contain-confirmed',
) =>
  settingsSchema.parse({
    schemaVersion: 1,
    homeRegion: 'us-east-1',
    accounts: { response: '222222222222', forensic: '333333333333', members: [{ ...clinic, mode }] },
    onCall: [{ name: 'M', email: 'm@example.com', principal: 'arn:aws:iam::222222222222:role/on-call' }],
    mail: { from: 't@example.com', consoleUrl: 'https://example.com' },
    ...more,
  });

const input = (more: Partial<PlanInput> = {}): PlanInput => {
  const { named = [bucket], answer = { playbooks: [publicBucket], confidence: 'confirmed' } } = more;
  return {
    incident: 'A',
    answer,
    reach: (_playbook, t) => (named.some((n) => targetKey(n) === targetKey(t)) ? answer.confidence : undefined),
    severity: 'high',
    named,
    found: [],
    previous: [],
    settings: settings(),
    catalogue,
    because: 'a finding',
    now: '2026-11-21T02:00:00.000Z',
    ...more,
  };
};
const plan = (more: Partial<PlanInput> = {}): Plan => {
  const drawn = nextPlan(input(more));
  if (!drawn) throw new Error('no plan was drawn');
  return drawn;
};
const inShort = (p: Plan) => p.steps.map((s) => [s.action, s.target.id, s.approval, s.onTimeout]);

it('orders the steps by stage, and asks where the playbook asks', () => {
  const p = plan();
  expect(inShort(p)).toEqual([
    ['block', 'records', 'none', 'proceed'],
    ['ungrant', 'records', 'one', 'hold'],
  ]);
  expect(p.steps.map((s) => [s.index, s.stage])).toEqual([
    [0, 0],
    [1, firstAskedStage + 1],
  ]);
  expect(p).toMatchObject({
    number: 1,
    mode: 'contain-confirmed',
    evidence: [{ collector: 'configuration', target: bucket }],
  });
});

it.each([
  ['approval-required', 'confirmed', 'one', 'hold'],
  ['approval-required', 'suspected', 'one', 'hold'],
  ['contain-confirmed', 'confirmed', 'none', 'proceed'],
  ['contain-confirmed', 'suspected', 'one', 'proceed'],
  ['contain-suspected', 'confirmed', 'none', 'proceed'],
  ['contain-suspected', 'suspected', 'none', 'proceed'],
] as const)(
  'in %s mode a %s finding is contained after approval by: %s, and on timeout: %s',
  (mode, confidence, approval, onTimeout) => {
    const p = plan({ settings: settings({}, mode), answer: { playbooks: [publicBucket], confidence } });
    expect(inShort(p)[0]).toEqual(['block', 'records', approval, onTimeout]);
    // never weaker than the playbook asks
    expect(inShort(p)[1]?.slice(2)).toEqual(['one', 'hold']);
  },
);

it('asks two people, and holds, for what cannot be undone, in every mode', () => {
  const final = { reversible: false, recovery: '${id} gets a new one' };
  const actions = { ...catalogue.actions, block: action('block', 's3-bucket', final) };
  const p = plan({ settings: settings({}, 'contain-suspected'), catalogue: { ...catalogue, actions } });
  expect(inShort(p)[0]).toEqual(['block', 'records', 'two', 'hold']);
  expect(p.steps[0]?.asks).toContain('it cannot be undone: records gets a new one');
});

it('asks about what care depends on, and holds, in every mode', () => {
  const contact = { name: 'Ward', email: 'w@example.com', principal: 'arn:aws:iam::222222222222:user/w' };
  const p = plan({ settings: settings({ careCritical: [{ target: bucket, contact }] }, 'contain-suspected') });
  expect(inShort(p)[0]).toEqual(['block', 'records', 'one', 'hold']);
  expect(p.steps[0]?.asks.join()).toContain('Ward is told too');
});

it('asks about a target that evidence found and no finding names', () => {
  const found = at('s3-bucket', 'other');
  const p = plan({ found: [found, bucket] });
  expect(p.steps.filter((s) => s.action === 'block').map((s) => [s.target.id, s.approval])).toEqual([
    ['records', 'none'],
    ['other', 'one'],
  ]);
});

it('contains nothing in an unknown account, collects nothing there, and says why', () => {
  const p = plan({ named: [at('s3-bucket', 'records', { account: '999988887777' })] });
  expect([p.steps, p.evidence, p.mode]).toEqual([[], [], 'unknown-account']);
  expect(p.withheld.map((w) => w.action)).toEqual(['block', 'ungrant']);
  expect(p.withheld[0]?.reason).toContain('account 999988887777 is not in the settings');
});

it('does to a target only what a playbook asks for whose finding names it', () => {
  const answer = { playbooks: [publicBucket, leakedKey], confidence: 'confirmed' as const };
  const reach = (playbook: string) => (playbook === 'leaked-key' ? ('confirmed' as const) : undefined);
  expect(inShort(plan({ named: [bucket, user], answer, reach })).map(([a, id]) => `${a} ${id}`)).toEqual(['deny etl']);
});

it('draws only the difference when an incident grows, and nothing when it does not', () => {
  const first = plan();
  expect(nextPlan(input({ previous: [first] }))).toBeUndefined();
  const other = at('s3-bucket', 'other');
  const second = plan({ previous: [first], named: [bucket, other] });
  expect(second.number).toBe(2);
  expect(inShort(second).map(([a, id]) => `${a} ${id}`)).toEqual(['block other', 'ungrant other']);
  expect(second.evidence.map((e) => e.target.id)).toEqual(['other']);
});

it('takes one resource once, whatever Region a finding gives a global kind', () => {
  const named = [key, { ...key, region: 'eu-west-1' }, user, user];
  const p = plan({ named, answer: { playbooks: [leakedKey], confidence: 'confirmed' } });
  expect(inShort(p).map(([a, id]) => `${a} ${id}`)).toEqual(['deny etl', `deactivate ${key.id}`]);
});

it('runs an action again on the same target when a newly found target renews it', () => {
  const answer = { playbooks: [leakedKey], confidence: 'confirmed' as const };
  const first = plan({ named: [user, key], answer });
  const second = plan({
    named: [user, key],
    found: [at('iam-access-key', 'AKIAI44QH8DHBEXAMPLE')],
    previous: [first],
    answer,
  });
  expect(inShort(second).map(([a, id]) => `${a} ${id}`)).toEqual(['deny etl', 'deactivate AKIAI44QH8DHBEXAMPLE']);
});

it('throws naming an action or a collector that there is not', () => {
  const wrong = (more: Partial<Playbook>) => ({
    playbooks: [{ ...publicBucket, ...more }],
    confidence: 'confirmed' as const,
  });
  const stages = [[{ action: 'burn', approval: 'none' as const, onTimeout: 'hold' as const }]];
  expect(() => plan({ answer: wrong({ stages }) })).toThrow(/names the action burn; there are block, ungrant/);
  expect(() => plan({ answer: wrong({ evidence: ['memory'] }) })).toThrow(
    /no collector memory; there are configuration/,
  );
});

it('has a hash that covers everything it says', () => {
  const p = plan();
  expect(planHash(plan())).toBe(planHash(p));
  const changed: Partial<PlanInput>[] = [
    { because: 'other' },
    { severity: 'low' },
    { incident: 'B' },
    { found: [at('s3-bucket', 'x1x')] },
  ];
  for (const more of changed) expect(planHash(plan(more))).not.toBe(planHash(p));
});

const typed = (type: string, more: Partial<Finding> = {}) =>
  ({ product: 'guardduty', type, trusted: true, ...more }) as Finding;

it('answers by product and type, and is confirmed when any match is', () => {
  expect(answers(typed('Policy:S3/Anonymous'), catalogue)).toEqual({
    playbooks: [publicBucket],
    confidence: 'confirmed',
  });
  expect(answers(typed('Policy:S3/Other'), catalogue)).toEqual({ playbooks: [publicBucket], confidence: 'suspected' });
});

it.each([
  ['an unknown type', typed('Backdoor:EC2/X')],
  ['a type that only looks alike', typed('policy:S3/Anonymous')],
  ['another product', typed('Policy:S3/Anonymous', { product: 'acme' })],
  ['a product that anyone may imitate', typed('Policy:S3/Anonymous', { trusted: false })],
])('answers %s with the playbook that contains nothing', (_what, finding) => {
  expect(answers(finding, catalogue)).toEqual({ playbooks: [fallback], confidence: 'suspected' });
});

it('lets nothing that goes ahead unasked stand behind a question', () => {
  const asksFirst = playbook.parse({
    ...publicBucket,
    stages: [
      [{ action: 'ungrant', approval: 'one', onTimeout: 'hold' }],
      [{ action: 'block', approval: 'none', onTimeout: 'proceed' }],
    ],
  });
  const p = plan({ answer: { playbooks: [asksFirst], confidence: 'confirmed' } });
  expect(p.steps.map((s) => [s.index, s.action])).toEqual([
    [0, 'block'],
    [1, 'ungrant'],
  ]);
});

it('composes the stages and the evidence of other playbooks after its own, actors before resources', () => {
  const composed = playbook.parse({
    ...fallback,
    id: 'sequence',
    evidence: [],
    composes: ['leaked-key', 'public-bucket'],
    fallback: false,
  });
  const p = plan({ answer: { playbooks: [composed], confidence: 'confirmed' }, named: [bucket, key, user] });
  expect(p.steps.map((s) => s.action)).toEqual(['deny', 'deactivate', 'block', 'ungrant']);
  expect(p.evidence.map((e) => e.collector)).toEqual(['activity', 'configuration']);
});

it('asks people once there were too many containments lately, and then holds', () => {
  const busy = settings({ brake: { perAccount: 1, total: 5, minutes: 10 } });
  const buckets = [bucket, at('s3-bucket', 'images')];
  const p = plan({ named: buckets, settings: busy });
  const blocks = p.steps.filter((s) => s.action === 'block');
  expect(blocks.map((s) => [s.approval, s.onTimeout])).toEqual([
    ['none', 'proceed'],
    ['one', 'hold'],
  ]);
  expect(blocks[1]?.asks.join()).toMatch(/the brake: 1 containments/);
});
