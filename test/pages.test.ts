import { expect, it } from 'vitest';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import { stored } from '../drills/engine/report.ts';
import { broken } from '../lambdas/core/chain.ts';
import { records } from '../lambdas/platform/records.ts';
import {
  bucket,
  canary,
  chainsWhole,
  changes,
  clinic,
  clockPerTest,
  event,
  rehearse,
  settings,
  steps,
  ticks,
  timeline,
} from './arrivals.ts';
import {
  askedAfter,
  changeOf,
  contained,
  denied,
  faultAt,
  finding,
  flags,
  heartbeats,
  leakingBucket,
  mailed,
  mara,
  minutesBetween,
  priya,
  say,
  theCase,
  tomas,
} from './rehearsed.ts';

clockPerTest();

const block = 'block-bucket-public-access';
const everybody = [mara.email, tomas.email, priya.email];
const outcome = (drill: Rehearsal, action: string) => steps(drill).find((s) => s.action === action)?.outcome;
const paged = (drill: Rehearsal) => mailed(drill).filter((m) => m.subject.includes('ACT NOW'));

it.each([
  ['AWS refuses the change', denied('s3:PutBucketPublicAccessBlock'), /failed: AccessDenied: not authorized/],
  ['the change is silently not made', 'not made', /failed: NotYetSafe: .*BlockPublicAcls.* not on/],
] as const)('is never contained, and pages everybody until somebody has it, when %s', async (_when, what, why) => {
  const drill = await rehearse({ seed: leakingBucket, fault: faultAt('act', 'PutPublicAccessBlock', what) });
  await askedAfter(drill);
  expect(outcome(drill, block)).toBe('failed');
  expect(changeOf(drill, block)).toMatchObject({ state: 'failed', problem: expect.any(String) });
  expect(changeOf(drill, block)?.verifiedAt).toBeUndefined();
  expect(theCase(drill).stamps.containmentVerified).toBeUndefined();
  expect(theCase(drill).open.join('\n')).toMatch(why);
  expect(['not contained', 'waiting for a person']).toContain(theCase(drill).status);

  await heartbeats(drill, 3);
  const pages = paged(drill);
  expect(pages).toHaveLength(3);
  for (const page of pages) {
    expect(page.to).toEqual(everybody);
    expect(page.text).toMatch(
      /Contain by hand\n.*sign in to account 111122223333.*\n.*Block public access to the bucket/,
    );
  }
  expect(pages.slice(1).map((p, i) => minutesBetween(pages[i]?.at ?? '', p.at))).toEqual([5, 5]);

  const incident = theCase(drill).id;
  const had = await say(drill, tomas, { decision: 'acknowledge', incident, reason: 'I am on it' });
  expect(had).toEqual({ status: 200, body: { acknowledged: 1 } });
  await heartbeats(drill, 3);
  const stillAbout = paged(drill).filter((p) => /What happened\n {2}Block public/.test(p.text ?? ''));
  expect(stillAbout).toHaveLength(3);
  expect(timeline(drill).map((e) => e.text)).toContain('Tomas Okafor acknowledged 1 page(s): I am on it');
});

it('pages when a containment that asks people was left unanswered', async () => {
  const drill = await rehearse({ seed: leakingBucket });
  await askedAfter(drill);
  await drill.settle(() => outcome(drill, 'remove-public-bucket-grants') === 'held');
  await ticks(drill, 1, 60);
  expect(paged(drill).map((p) => p.to)).toEqual([everybody]);
  expect(theCase(drill)).toMatchObject({
    status: 'partly contained',
    open: [expect.stringMatching(/held: nobody answered/)],
  });
});

it('pages once only for one failure, whatever is tried again', async () => {
  const drill = await rehearse({
    seed: leakingBucket,
    fault: faultAt('act', 'PutPublicAccessBlock', denied('s3:Put')),
  });
  await askedAfter(drill);
  const of = { op: 'settle', incident: theCase(drill).id, plan: 1, step: 0, outcome: 'failed' };
  const failure = { Error: 'AccessDenied', Cause: 'not authorized to perform: s3:Put' };
  for (let n = 0; n < 2; n++) await drill.during(drill.invoke('tourniquet-plan', { ...of, failure }));
  expect(stored(drill, /^INCIDENT#/, 'PAGE#', records.page)).toHaveLength(1);
});

const removed = (drill: Rehearsal) => drill.world.bucket(bucket)?.publicAccessBlock.set(undefined);

it.each([
  ['30 seconds', 30],
  ['4 minutes', 240],
  ['20 minutes', 1200],
])('reopens the case and pages when the block is taken off %s later', async (_when, seconds) => {
  const drill = await rehearse({ seed: leakingBucket });
  await askedAfter(drill);
  await heartbeats(drill, Math.floor(seconds / 300));
  await drill.clock.runFor(seconds % 300);
  expect(outcome(drill, block)).toBe('verified');
  removed(drill);
  await heartbeats(drill, 1);
  expect(outcome(drill, block)).toBe('drifted');
  expect(theCase(drill).status).not.toBe('contained');
  expect(theCase(drill).open.join()).toMatch(/Block public access.*drifted: no longer safe at/);
  expect(changeOf(drill, block)).toMatchObject({ state: 'failed', problem: expect.stringMatching(/no longer safe/) });
  const told = mailed(drill).filter((m) => m.text?.includes('see to it: Block public access'));
  expect(told.at(-1)?.to).toEqual(everybody);
  await heartbeats(drill, 1);
  expect(paged(drill).some((p) => p.text?.includes('drifted') && p.text.includes('Contain by hand'))).toBe(true);
});

it('reopens a closed case when a standing change drifts', async () => {
  const drill = await rehearse({ seed: leakingBucket });
  await contained(drill);
  const { id } = theCase(drill);
  await say(drill, mara, { decision: 'close', incident: id, reason: 'settled' });
  expect(theCase(drill).status).toBe('closed');
  removed(drill);
  await ticks(drill, 2);
  expect(theCase(drill)).toMatchObject({ status: 'partly contained', open: [expect.stringContaining('drifted')] });
  expect(theCase(drill).closedAt).toBeUndefined();
  expect(paged(drill).length).toBeGreaterThan(0);
});

it('has a before-state, a result and a read-back of every change, and chains that are whole in the table and in the vault', async () => {
  const drill = await rehearse({ seed: leakingBucket });
  await contained(drill);
  for (const change of changes(drill)) {
    expect(change).toMatchObject({ state: 'verified', before: expect.any(Object), after: expect.any(Object) });
    const { recordedAt, acceptedAt = '', verifiedAt = '' } = change;
    expect(recordedAt <= acceptedAt && acceptedAt <= verifiedAt).toBe(true);
    expect(flags(drill)).toMatchObject(change.action === block ? (change.after.flags as object) : {});
  }
  expect(chainsWhole(drill)).toBe(true);
  const { id, chains } = theCase(drill);
  const kept = (kind: 'timeline' | 'custody') => {
    const prefix = `incidents/${id}/${kind}/`;
    return [...drill.world.accounts.values()]
      .flatMap((a) => [...a.buckets.values()].flatMap((b) => [...b.objects]))
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([, versions]) => records[kind].read(JSON.parse(Buffer.from(versions.at(-1)?.body ?? []).toString())));
  };
  for (const kind of ['timeline', 'custody'] as const) {
    const entries = kept(kind) as Parameters<typeof broken>[0];
    expect(broken(entries)).toBeUndefined();
    expect(entries.at(-1)).toMatchObject(chains[kind]);
    expect(broken(entries.map((e) => (e.seq === 2 ? { ...e, text: 'something else' } : e)))?.seq).toBe(
      entries.length > 1 ? 2 : undefined,
    );
  }
});

it('writes the before-state down before it changes anything: a function that stops in between leaves it', async () => {
  const seen: string[] = [];
  const drill: Rehearsal = await rehearse({
    seed: leakingBucket,
    fault: (call) => {
      if (!/^(?:Put|Delete)(?:PublicAccessBlock|BucketPolicy)$/.test(call.command)) return undefined;
      const written = changes(drill).filter((c) => c.state === 'applying');
      seen.push(`${call.command}: ${written.map((c) => JSON.stringify(c.before)).join()}`);
      return 'stop before';
    },
  });
  drill.deliver(finding());
  await drill.settle(() => outcome(drill, block) === 'failed');
  expect(seen[0]).toMatch(/^PutPublicAccessBlock: .*"flags":null/);
  expect(flags(drill)).toBeUndefined();
});

it('tells all that is needed, over TLS, and nothing that must not leave: no patient data, no token', async () => {
  const drill = await rehearse({ seed: leakingBucket });
  const [request] = await askedAfter(drill);
  const asking = mailed(drill).find((m) => m.text?.includes('tourniquet approve'));
  const { id, account } = theCase(drill);
  for (const part of [asking?.text ?? '', asking?.html ?? '']) {
    expect(part).toContain(id);
    expect(part).toContain('northwind-clinic');
    expect(part).toContain(account);
    expect(part).toContain(`bucket ${bucket}`);
    expect(part).toContain(`${settings.mail.consoleUrl}/incidents/${id}`);
    expect(part).toContain('03:36:00 UTC (2026-11-19 19:36 America/Los_Angeles)');
    expect(part).toContain('DRILL');
  }
  expect(asking?.text).toContain('if nobody answers: nothing is done');
  expect(asking?.text).toContain(request?.consequence);
  expect(asking?.subject).toContain('NEEDS YOU [high] northwind-clinic');
  expect(mailed(drill)[1]?.text).toMatch(/What was done\n {2}Block public access to the bucket/);
  await drill.settle();
  const sent = JSON.stringify(drill.deployment.outbox);
  expect(sent).not.toContain(canary);
  expect(sent).not.toContain(request?.token);
  for (const mail of mailed(drill))
    expect(mail).toMatchObject({ tlsPolicy: 'REQUIRE', configurationSet: expect.any(String) });
});

it('shows hostile text as inert text in subject, text and HTML', async () => {
  const nasty = '"><img src=x onerror=alert(1)>\u202e\r\nBcc: all@example.com ${jndi:x} {% raw %}';
  const drill = await rehearse({ seed: leakingBucket });
  drill.deliver(finding({ 'detail.title': nasty, 'detail.description': nasty }));
  drill.deliver(event('leaked-key.guardduty-eventbridge', { 'detail.resource.accessKeyDetails.userName': nasty }));
  await say(drill, mara, { decision: 'pause', reason: nasty });
  await drill.settle();
  expect(mailed(drill).some((m) => m.text?.includes('onerror') && m.html?.includes('onerror'))).toBe(true);
  for (const mail of mailed(drill)) {
    expect(mail.subject).toMatch(/^[\x20-\x7e]{1,99}$/);
    expect(mail.html).not.toContain('<img');
    expect(`${mail.text}${mail.html}`).not.toMatch(/[^\P{C}\n]/u);
    expect(mail.text).not.toMatch(/^\s*Bcc:/m);
  }
  expect(JSON.stringify(drill.logged)).not.toContain('onerror');
  expect(drill.world.account(clinic).users.size).toBe(0);
});
