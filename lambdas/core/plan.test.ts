import { expect, it } from 'vitest';
import type { Finding } from './finding.ts';
import type { Playbook } from './manifest.ts';
import {
  action,
  at,
  bucket,
  catalogue,
  fallback,
  input,
  inShort,
  key,
  leakedKey,
  plan,
  publicBucket,
  settings,
  user,
} from './plan.fixture.ts';
import { answers, nextPlan, type PlanInput, planHash } from './plan.ts';
import { firstAskedStage } from './steps.ts';

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
