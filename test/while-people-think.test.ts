import { expect, it } from 'vitest';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import { stored } from '../drills/engine/report.ts';
import type { ApprovalRequest } from '../lambdas/core/approval.ts';
import { records } from '../lambdas/platform/records.ts';
import { approvals, bucket, clockPerTest, publicRead, rehearse, ticks } from './arrivals.ts';
import {
  approves,
  askedAfter,
  auditor,
  changeOf,
  faultAt,
  leakingBucket,
  mara,
  only,
  partner,
  question,
  setPolicy,
  statements,
  theCase,
  tomas,
  untilAsked,
} from './rehearsed.ts';

clockPerTest();

const grants = 'remove-public-bucket-grants';
const block = 'block-bucket-public-access';
const byOwner = (drill: Rehearsal) => setPolicy(drill, partner, auditor, publicRead(bucket));
const generations = (drill: Rehearsal, action: string) => stored(drill, /^TARGET#/, `CHANGE#${action}`, records.change);

/** A case whose owner does something, once, at the first AWS call for which it is time. */
async function withOwner(time: (drill: Rehearsal, fn: string) => boolean, edit: (drill: Rehearsal) => void) {
  let edited = false;
  const drill: Rehearsal = await rehearse({
    seed: leakingBucket,
    fault: (call) => {
      if (!edited && time(drill, call.function)) {
        edited = true;
        edit(drill);
      }
      return undefined;
    },
  });
  const [request] = await askedAfter(drill);
  if (!request) throw new Error('nobody was asked');
  return { drill, request };
}
const never = () => false;

async function askedAgainAndApproved(drill: Rehearsal, voided: ApprovalRequest): Promise<void> {
  const renewed = only(await untilAsked(drill));
  expect(renewed.hash).not.toBe(voided.hash);
  expect(approvals(drill).find((a) => a.id === voided.id)?.outcome).toBe('voided');
  expect((await approves(drill, tomas, voided)).body.error).toContain('it is void');
  expect(statements(drill)).toEqual(['PartnerLab', 'Auditor', 'TempShareForVendor']);
  await approves(drill, tomas, renewed);
  await drill.settle();
  expect(statements(drill)).toEqual(['PartnerLab', 'Auditor']);
  expect(theCase(drill).status).toBe('contained');
  expect(changeOf(drill, grants)).toMatchObject({ state: 'verified', approval: renewed.id });
}

it("asks again when the owner edits the policy while people think, and the owner's edit survives", async () => {
  const { drill, request } = await withOwner(never, byOwner);
  byOwner(drill);
  await approves(drill, mara, request);
  await askedAgainAndApproved(drill, request);
});

it('asks again when the owner edits between the approval and the record', async () => {
  const approved = (drill: Rehearsal, fn: string) =>
    fn === 'tourniquet-act' && approvals(drill).some((a) => a.outcome === 'approved');
  const { drill, request } = await withOwner(approved, byOwner);
  await approves(drill, mara, request);
  await askedAgainAndApproved(drill, request);
  expect(generations(drill, grants).map((c) => c.state)).toEqual(['verified']);
});

it('asks again when the owner edits between the record and the change', async () => {
  const { drill, request } = await withOwner((d) => changeOf(d, grants)?.state === 'recorded', byOwner);
  await approves(drill, mara, request);
  await askedAgainAndApproved(drill, request);
  expect(generations(drill, grants).map((c) => c.state)).toEqual(['failed', 'verified']);
});

it.each([
  ['before', 'asked'],
  ['after', 'recorded'],
] as const)(
  'asks again also when an edit %s the record was taken back: what was void stays void',
  async (_when, moment) => {
    let edits = 0;
    const drill: Rehearsal = await rehearse({
      seed: leakingBucket,
      fault: (call) => {
        const approved = approvals(drill).some((a) => a.outcome === 'approved');
        if (edits === 0 && (moment === 'asked' ? approved : changeOf(drill, grants)?.state === moment)) {
          edits = 1;
          byOwner(drill);
        } else if (edits === 1 && call.function === 'tourniquet-observe') {
          edits = 2;
          setPolicy(drill, partner, publicRead(bucket));
        }
        return undefined;
      },
    });
    const request = only(await askedAfter(drill));
    await approves(drill, mara, request);
    const renewed = only(await untilAsked(drill));
    expect([renewed.id, renewed.before, edits]).toEqual(['p1-s1-q2', request.before, 2]);
    await approves(drill, mara, renewed);
    await drill.settle();
    expect(theCase(drill).status).toBe('contained');
  },
);

it('captures anew when the owner is faster than a change that nobody is asked about', async () => {
  const half = {
    BlockPublicAcls: true,
    IgnorePublicAcls: false,
    BlockPublicPolicy: false,
    RestrictPublicBuckets: false,
  };
  const { drill } = await withOwner(
    (d) => changeOf(d, block)?.state === 'recorded',
    (d) => d.world.bucket(bucket)?.publicAccessBlock.set(half),
  );
  const made = generations(drill, block);
  expect(made.map((c) => c.state)).toEqual(['failed', 'verified']);
  expect(made[1]?.before).toMatchObject({ flags: half });
});

it.each([
  ['before anything is written down', 'act', 'TransactWriteItems', 'stop before'],
  ['after the before-state is written down', 'act', 'TransactWriteItems', 'stop after'],
  ['before the write', 'act', 'PutBucketPolicy', 'stop before'],
  ['after the write', 'act', 'PutBucketPolicy', 'stop after'],
  ['before the read-back', 'observe', 'GetBucketPolicyStatus', 'stop before'],
  ['before the decision is looked at', 'approve', 'TransactWriteItems', 'stop before'],
] as const)(
  'finishes an approved change once, without asking again, after a crash %s',
  async (_when, fn, command, what) => {
    let armed = false;
    let written = 0;
    const once = faultAt(fn, command, what, 1);
    const drill = await rehearse({
      seed: leakingBucket,
      fault: (call) => {
        if (!armed) return undefined;
        const fault = once(call);
        if (call.command === 'PutBucketPolicy' && fault !== 'stop before') written += 1;
        return fault;
      },
    });
    await askedAfter(drill);
    armed = true;
    await approves(drill, mara, question(drill, grants));
    await drill.settle();
    expect(theCase(drill).status).toBe('contained');
    expect(approvals(drill)).toHaveLength(1);
    expect(written).toBe(1);
    expect(changeOf(drill, grants)).toMatchObject({ generation: 1, state: 'verified', before: expect.anything() });
  },
);

/** Ends running executions as an outage would: nothing of them runs on. */
function kill(drill: Rehearsal, name: RegExp): void {
  const found = drill.engine.executions.filter((e) => e.status === 'RUNNING' && name.test(e.name));
  expect(found.length).toBeGreaterThan(0);
  for (const execution of found) drill.engine.stop((execution as unknown as { arn: string }).arn);
}

it('takes an approved change up again when its machine died after the write', async () => {
  const drill = await rehearse({ seed: leakingBucket, latency: 0.3 });
  await askedAfter(drill);
  await approves(drill, mara, question(drill, grants));
  await drill.settle(() => changeOf(drill, grants)?.state === 'accepted');
  kill(drill, /-s1-a1$/);
  await ticks(drill, 6);
  expect(theCase(drill).status).toBe('contained');
  expect(changeOf(drill, grants)).toMatchObject({ generation: 1, state: 'verified' });
  expect(approvals(drill)).toHaveLength(1);
});

it.each([
  ['approved', 'contained', true],
  ['left unanswered', 'partly contained', false],
] as const)('ends as declared what was %s when the machines that waited have died', async (_what, status, answered) => {
  const drill = await rehearse({ seed: leakingBucket });
  await askedAfter(drill);
  kill(drill, /-s1-/);
  if (answered) expect((await approves(drill, mara, question(drill, grants))).status).toBe(200);
  await ticks(drill, 6);
  expect(theCase(drill).status).toBe(status);
  expect(question(drill, grants).outcome).toBe(answered ? 'approved' : 'timed-out');
});
