import { expect, it } from 'vitest';
import { type Playbook, playbook } from './manifest.ts';
import {
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
import { type Catalogue, nextPlan } from './plan.ts';
import { targetKey } from './target.ts';

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

it('denies sessions behind a question about the key that mints them, and only then', () => {
  const found = at('iam-access-key', 'AKIAI44QH8DHBEXAMPLE');
  const inOneStage = leakedKey.stages.flat();
  const keyFirst = { ...leakedKey, stages: [[inOneStage[1]], [inOneStage[0]]] } as Playbook;
  const asking = plan({ answer: { playbooks: [keyFirst], confidence: 'confirmed' }, named: [user], found: [found] });
  expect(asking.steps.map((s) => [s.action, s.approval])).toEqual([
    ['deactivate', 'one'],
    ['deny', 'none'],
  ]);
  const certain = plan({ answer: { playbooks: [keyFirst], confidence: 'confirmed' }, named: [user, key] });
  expect(certain.steps.map((s) => [s.action, s.stage])).toEqual([
    ['deactivate', 0],
    ['deny', 1],
  ]);
});

it('asks as little as the playbook that trusts the step most, and goes ahead when a later finding needs no question', () => {
  const cautious = playbook.parse({
    ...publicBucket,
    id: 'cautious',
    stages: [
      [{ action: 'ungrant', approval: 'two', onTimeout: 'hold' }],
      [{ action: 'block', approval: 'one', onTimeout: 'hold' }],
    ],
  });
  const answer = { playbooks: [cautious, publicBucket], confidence: 'confirmed' as const };
  expect(inShort(plan({ answer })).map(([action, , approval]) => [action, approval])).toEqual([
    ['block', 'none'],
    ['ungrant', 'one'],
  ]);
  const first = plan({ answer: { playbooks: [publicBucket], confidence: 'suspected' } });
  expect(first.steps[0]).toMatchObject({ action: 'block', approval: 'one' });
  const later = { previous: [first], answer: { playbooks: [publicBucket], confidence: 'confirmed' as const } };
  const asking = new Set([`block ${targetKey(bucket)}`]);
  expect(inShort(plan({ ...later, asking })).map(([action, , approval]) => [action, approval])).toEqual([
    ['block', 'none'],
  ]);
  expect(nextPlan(input(later))).toBeUndefined();
});

it('waits for no evidence once a person has said: contain now', () => {
  const gated = {
    ...catalogue,
    collectors: { ...catalogue.collectors, configuration: { ...catalogue.collectors.configuration, gate: 'before' } },
  } as Catalogue;
  const gates = (containNow: boolean) => plan({ catalogue: gated, containNow }).evidence.map((e) => e.gate);
  expect(gates(false)).toEqual(['before']);
  expect(gates(true)).toEqual(['beside']);
});
