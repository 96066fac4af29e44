import { expect, it } from 'vitest';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import { stored } from '../drills/engine/report.ts';
import type { JsonObject } from '../lambdas/core/json.ts';
import type { Person } from '../lambdas/core/settings.ts';
import { records } from '../lambdas/platform/records.ts';
import {
  approvals,
  bucket,
  canary,
  changes,
  clinic,
  clockPerTest,
  heads,
  publicRead,
  rehearse,
  settings,
  steps,
  timeline,
} from './arrivals.ts';
import {
  approves,
  auditor,
  changeOf,
  contained,
  decisionOn,
  faultAt,
  finding,
  flags,
  leakingBucket,
  mailed,
  mara,
  only,
  partner,
  priya,
  say,
  setPolicy,
  statements,
  stranger,
  table,
  theCase,
  tomas,
  untilAsked,
} from './rehearsed.ts';

clockPerTest();

const grants = 'remove-public-bucket-grants';
const block = 'block-bucket-public-access';
const account = (drill: Rehearsal) => JSON.stringify(drill.world.snapshot(clinic));
const texts = (drill: Rehearsal) =>
  timeline(drill)
    .map((e) => e.text)
    .join('\n');
const request = (drill: Rehearsal, more: JsonObject = {}): JsonObject => ({
  decision: 'restore',
  incident: heads(drill).at(-1)?.id ?? '',
  reason: 'it was a false alarm',
  ...more,
});

/** A contained case, and the account as it was before it. */
async function before(more: Parameters<typeof rehearse>[0] = {}) {
  const drill = await rehearse({ seed: leakingBucket, ...more });
  const baseline = account(drill);
  await contained(drill);
  return { drill, baseline };
}

async function askedToRestore(drill: Rehearsal, by: Person = mara) {
  expect((await say(drill, by, request(drill))).status).toBe(200);
  return only(await untilAsked(drill));
}

it('puts the account back exactly after two people, one of whom types the name of what is opened again', async () => {
  const { drill, baseline } = await before();
  expect(account(drill)).not.toBe(baseline);
  const asked = await askedToRestore(drill);
  expect(asked).toMatchObject({ needs: 'two', typed: bucket, requester: mara.principal, onTimeout: 'hold' });
  expect(asked.shows.join()).toMatch(/RestrictPublicBuckets: on → absent.*TempShareForVendor/);

  expect((await approves(drill, mara, asked)).body.error).toBe('you asked for it, so somebody else must approve it');
  expect((await say(drill, tomas, { ...decisionOn(asked), typed: 'something else' })).body.error).toContain(
    `type "${bucket}"`,
  );
  await drill.clock.runFor(30);
  expect(account(drill)).not.toBe(baseline);

  expect((await approves(drill, tomas, asked)).status).toBe(200);
  await drill.settle();
  expect(account(drill)).toBe(baseline);
  await drill.clock.runFor(2);
  expect(await stranger(drill)).toBe(200);
  expect(changes(drill).map((c) => [c.state, typeof c.undoneAt])).toEqual([
    ['undone', 'string'],
    ['undone', 'string'],
  ]);
  expect(theCase(drill).status).toBe('not contained');
  expect(steps(drill).map((s) => s.outcome)).toEqual(['restored', 'restored']);
});

it('asks somebody who may decide at once, not only the one who asked', async () => {
  const { drill } = await before();
  const asked = await askedToRestore(drill, mara);
  const mail = mailed(drill).find((m) => m.text?.includes(asked.id));
  expect(mail?.to).toEqual([mara.email, tomas.email]);
});

it('leaves all as it is when the second person declines, and when nobody answers', async () => {
  const { drill } = await before();
  const safe = account(drill);
  const first = await askedToRestore(drill);
  await say(drill, priya, decisionOn(first, { decision: 'decline', reason: 'the finding is real' }));
  await drill.settle();
  await askedToRestore(drill);
  await drill.settle();
  expect(approvals(drill).map((a) => a.outcome)).toEqual(expect.arrayContaining(['declined', 'timed-out']));
  expect(account(drill)).toBe(safe);
  expect(theCase(drill).status).toBe('contained');
});

it('refuses on drift, with what was left and what is there in the record', async () => {
  const { drill } = await before();
  drill.world.bucket(bucket)?.publicAccessBlock.set({
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: false,
    RestrictPublicBuckets: true,
  });
  const drifted = account(drill);
  expect((await say(drill, mara, request(drill))).status).toBe(200);
  await drill.settle();
  expect(account(drill)).toBe(drifted);
  expect(approvals(drill).filter((a) => a.subject.kind === 'restore')).toEqual([]);
  const refusal = timeline(drill).find((e) => e.text.startsWith('not restored: Drift'));
  expect(refusal?.text).toContain('BlockPublicPolicy: on → off');
  expect(refusal?.text).toMatch(/state [0-9a-f]{16} → [0-9a-f]{16}/);
});

it('refuses when the target drifts while people think about the restore', async () => {
  const { drill } = await before();
  const asked = await askedToRestore(drill);
  drill.world.bucket(bucket)?.publicAccessBlock.set(undefined);
  setPolicy(drill, partner, auditor);
  await approves(drill, tomas, asked);
  await drill.settle();
  expect(texts(drill)).toContain('not restored: Drift');
  expect(statements(drill)).toEqual(['PartnerLab', 'Auditor']);
  // refused before it was begun: it is not left half undone
  expect(changeOf(drill, grants)?.state).toBe('verified');
});

it("keeps an owner's edit that came after the change", async () => {
  const { drill } = await before();
  setPolicy(drill, partner, auditor);
  await say(drill, mara, request(drill, { changes: [ref(drill, block)] }));
  await approves(drill, tomas, only(await untilAsked(drill)));
  await drill.settle();
  expect(flags(drill)).toBeUndefined();
  expect(statements(drill)).toEqual(['PartnerLab', 'Auditor']);
});

const ref = (drill: Rehearsal, action: string): JsonObject => {
  const change = changeOf(drill, action);
  if (!change) throw new Error(`no change ${action}`);
  return { action, target: { ...change.target }, generation: change.generation };
};

/** A second incident on the same bucket, opened after the first was closed; it relies on the first one's changes. */
async function secondIncident(drill: Rehearsal): Promise<void> {
  await drill.clock.runFor(3600);
  const later = drill.clock.now().toString({ smallestUnit: 'millisecond' });
  drill.deliver(finding({ 'detail.updatedAt': later, 'detail.createdAt': later }));
  await drill.settle();
}

it('refuses while another open incident relies on the change, also when it came to rely on it while people thought', async () => {
  const { drill } = await before();
  const safe = account(drill);
  const first = theCase(drill).id;
  expect((await say(drill, mara, { decision: 'close', incident: first, reason: 'settled' })).status).toBe(200);
  await say(drill, mara, { ...request(drill), incident: first });
  const asked = only(await untilAsked(drill));
  const later = drill.clock.now().add({ seconds: 1 }).toString({ smallestUnit: 'millisecond' });
  drill.deliver(finding({ 'detail.updatedAt': later, 'detail.createdAt': later }));
  await drill.clock.runFor(30);
  const second = heads(drill).find((h) => h.id !== first);
  expect(second).toMatchObject({ status: 'contained' });
  expect(changeOf(drill, block)?.reliedOnBy).toEqual([first, second?.id]);
  await approves(drill, tomas, asked);
  await drill.settle();
  expect(account(drill)).toBe(safe);
  expect(texts(drill)).toMatch(new RegExp(`not restored: ReliedOn: .*open incident ${second?.id} relies on it`));

  await say(drill, mara, { ...request(drill), incident: first });
  await drill.settle();
  expect(account(drill)).toBe(safe);
  expect(approvals(drill).filter((a) => a.subject.kind === 'restore')).toHaveLength(1);
});

it('reopens every incident that relies on a change when it drifts', async () => {
  const { drill } = await before();
  const first = theCase(drill).id;
  await say(drill, mara, { decision: 'close', incident: first, reason: 'settled' });
  await secondIncident(drill);
  drill.world.bucket(bucket)?.publicAccessBlock.set(undefined);
  setPolicy(drill, partner, publicRead(bucket));
  const change = ref(drill, block);
  await drill.during(drill.invoke('tourniquet-observe', { op: 'reverify', change }));
  const second = heads(drill).find((h) => h.id !== first);
  expect(second?.status).not.toBe('contained');
  expect(second?.open.join()).toContain('drifted');
  expect(stored(drill, new RegExp(second?.id ?? 'x'), 'PAGE#', records.page)).toHaveLength(1);
});

it('is harmless twice: what is undone is not undone again', async () => {
  const { drill, baseline } = await before();
  const changesThen = [ref(drill, block), ref(drill, grants)];
  await say(drill, mara, request(drill, { changes: changesThen }));
  await say(drill, tomas, request(drill, { changes: changesThen }));
  const [one, other] = await untilAsked(drill, 2);
  if (!one || !other) throw new Error('two restores were not asked about');
  await approves(drill, priya, one);
  await approves(drill, priya, other);
  await drill.settle();
  expect(account(drill)).toBe(baseline);
  expect(changes(drill).map((c) => c.state)).toEqual(['undone', 'undone']);
  const again = await say(drill, mara, request(drill));
  expect([again.status, again.body.error]).toEqual([403, expect.stringContaining('there is nothing to restore')]);
  await say(drill, mara, request(drill, { changes: changesThen }));
  await drill.settle();
  expect(account(drill)).toBe(baseline);
  expect(texts(drill)).toContain('it is already undone');
});

it.each([
  ['before the undo is written down', 'act', 'TransactWriteItems', 'stop before'],
  ['before the undo', 'act', 'DeletePublicAccessBlock', 'stop before'],
  ['after the undo', 'act', 'DeletePublicAccessBlock', 'stop after'],
  ['before the read-back is written down', 'observe', 'TransactWriteItems', 'stop before'],
  ['after the read-back is written down', 'observe', 'TransactWriteItems', 'stop after'],
] as const)('finishes a restore after a crash %s', async (_when, fn, command, what) => {
  let armed = false;
  const once = faultAt(fn, command, what, 1);
  const { drill, baseline } = await before({ fault: (call) => (armed ? once(call) : undefined) });
  const asked = await askedToRestore(drill);
  armed = true;
  await approves(drill, tomas, asked);
  await drill.settle();
  expect(account(drill)).toBe(baseline);
  expect(changes(drill).map((c) => c.state)).toEqual(['undone', 'undone']);
  expect(steps(drill).map((s) => s.outcome)).toEqual(['restored', 'restored']);
});

it('undoes nothing with the approval of something else', async () => {
  const { drill } = await before();
  const safe = account(drill);
  const step = approvals(drill).find((a) => a.outcome === 'approved');
  const of = { op: 'undo', incident: theCase(drill).id, change: ref(drill, block) };
  const asked = await askedToRestore(drill);
  const written = table(drill);
  for (const approval of [step?.id ?? '', asked.id, 'restore-nothing'])
    await expect(drill.during(drill.invoke('tourniquet-act', { ...of, approval }))).rejects.toMatchObject({
      name: 'Refused',
    });
  expect(account(drill)).toBe(safe);
  expect(table(drill)).toBe(written);
  expect(texts(drill)).not.toContain(canary);
});

it('takes no approval of an undo from the human who asked for it by another role', async () => {
  const session = (role: string) => ({
    ...mara,
    principal: `arn:aws:sts::222222222222:assumed-role/${role}/mara@clinic.example`,
  });
  const second = { ...tomas, principal: 'arn:aws:iam::222222222222:role/on-call-second' };
  const onCall = settings.onCall.map((p) => (p.principal === tomas.principal ? second : p));
  const { drill } = await before({ settings: { ...settings, onCall } });
  const asked = await askedToRestore(drill, session('on-call-primary'));
  const again = await approves(drill, session('on-call-second'), asked);
  expect([again.status, again.body.error]).toEqual([403, 'you asked for it, so somebody else must approve it']);
});
