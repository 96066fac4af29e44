import { expect, it } from 'vitest';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import { settings as schema } from '../lambdas/core/settings.ts';
import { clockPerTest, obligations, settings, timeline } from './arrivals.ts';
import {
  approves,
  asked,
  bothApprove,
  byMail,
  caseOf,
  counsel,
  decisionOn,
  drafts,
  individual,
  leakingWithMail,
  media,
  noticeNow,
  officer,
  questions,
  sender,
  sends,
  toPatients,
  withLetter,
  words,
} from './notified.ts';
import { heartbeats, inMode, mailed, mara, say, table, tomas } from './rehearsed.ts';

clockPerTest();

const statusNow = (drill: Rehearsal) =>
  obligations(drill).find((o) => o.regime === individual.regime && o.obligation === individual.obligation)?.status;
const learns = (drill: Rehearsal, incident: string, change: object) =>
  say(drill, officer, {
    decision: 'learn',
    incident,
    change: JSON.parse(JSON.stringify(change)),
    reason: 'it came up',
  });
const forge = (drill: Rehearsal, call: object) =>
  drill.during(drill.invoke('tourniquet-notify', JSON.parse(JSON.stringify(call))));
const stops = (drill: Rehearsal, incident: string, person = officer) =>
  say(drill, person, { decision: 'stop', incident, ...individual, draft: 1, reason: 'the text is wrong' });

/** A case whose notice waits for counsel. */
async function halfApproved(arranged: Parameters<typeof caseOf>[0] = {}) {
  const { drill, incident } = await caseOf(arranged);
  await drafts(drill, incident, { people: byMail });
  await sends(drill, incident);
  await approves(drill, officer, await asked(drill, 'officer'));
  return { drill, incident, second: await asked(drill, 'counsel') };
}

/** Two of three e-mails have left, and the quota of the day is used up. */
async function underWay() {
  const { drill, incident, second } = await halfApproved({ seed: leakingWithMail(3) });
  await approves(drill, counsel, second);
  await drill.settle(() => toPatients(drill).length === 2);
  return { drill, incident };
}

it('takes no second approval from the human who gave the first by another role', async () => {
  const roles = { privacyOfficer: 'Officer', counsel: 'Counsel' } as const;
  const [clinic, ...others] = settings.entities;
  const role = (name: keyof typeof roles) => ({
    ...clinic?.[name],
    principal: `arn:aws:iam::222222222222:role/${roles[name]}`,
  });
  const entity = { ...clinic, privacyOfficer: role('privacyOfficer'), counsel: role('counsel') };
  const all = schema.parse({ ...inMode('contain-suspected'), entities: [entity, ...others] });
  const { drill, incident } = await caseOf({ settings: all });
  const as = (name: string, session: string) => ({
    ...officer,
    principal: `arn:aws:sts::222222222222:assumed-role/${name}/${session}`,
  });
  const dana = as('Officer', 'dana@clinic.example');
  await drafts(drill, incident, { people: byMail, person: dana });
  await sends(drill, incident, individual, 1, dana);
  await approves(drill, dana, await asked(drill, 'officer'));
  const second = await asked(drill, 'counsel');
  const again = await approves(drill, as('Counsel', 'Dana@clinic.example'), second);
  expect([again.status, again.body.error]).toEqual([403, expect.stringContaining('somebody else must give this one')]);
  await approves(drill, as('Counsel', 'ruth@clinic.example'), second);
  await drill.settle();
  expect(toPatients(drill)).toHaveLength(3);
});

it.each([
  ['recorded as sent', { add: { sent: [{ ...individual, on: '2026-11-19' }] } }, /recorded as sent/],
  [
    'found to be encrypted',
    { set: { safeHarbour: { basis: 'AES-256', keyCompromised: false, signedBy: 'Dana', on: '2026-11-19' } } },
    /not owed/,
  ],
])('sends nothing that was %s after the first approval', async (_what, change, why) => {
  const { drill, incident, second } = await halfApproved();
  expect((await learns(drill, incident, change)).status).toBe(200);
  const before = statusNow(drill);
  await approves(drill, counsel, second);
  await drill.settle();
  expect(toPatients(drill)).toEqual([]);
  expect([noticeNow(drill)?.state, noticeNow(drill)?.problem]).toEqual(['drafted', expect.stringMatching(why)]);
  expect(statusNow(drill)).toBe(before);
});

it('tells more people what was sent before only when the approvers know that it was', async () => {
  const { drill, incident } = await caseOf();
  await drafts(drill, incident, { people: byMail });
  await sends(drill, incident);
  await bothApprove(drill);
  await drafts(drill, incident, { people: withLetter, file: '2026-11-21.csv' });
  expect((await sends(drill, incident, individual, 2)).status).toBe(200);
  const question = await asked(drill, 'officer');
  expect(question.asks.join('\n')).toContain('a sending of it is recorded already');
  expect(question.shows.join('\n')).toContain('3 left out: an earlier draft reached them');
  await bothApprove(drill);
  expect(noticeNow(drill)).toMatchObject({ draft: 2, state: 'in-hand', problem: expect.stringContaining('letters') });
  expect(toPatients(drill)).toHaveLength(3);
});

it('proves nothing that two people did not approve or that has not left, whoever calls', async () => {
  const { drill, incident, second } = await halfApproved();
  const of = { incident, notice: 'us-hipaa-individual.individual.1', attempt: 1, run: 1 };
  const calls = [
    { op: 'finished', ...of },
    { op: 'prove', ...of, counts: { delivered: 3 }, digest: 'x' },
    {
      ...{ op: 'checked', ...of, duplicates: 0, hash: 'a'.repeat(64) },
      counts: { rows: 1, email: 0, letters: 1, substitute: 0, none: 0, bad: 0 },
    },
  ];
  for (const call of calls) await expect(forge(drill, call)).rejects.toMatchObject({ name: 'Refused' });
  expect([noticeNow(drill)?.state, noticeNow(drill)?.finishedAt, statusNow(drill)]).toEqual([
    'asked',
    undefined,
    'open',
  ]);
  await approves(drill, counsel, second);
  await drill.settle();
  expect([noticeNow(drill)?.state, statusNow(drill)]).toEqual(['sent', 'sent']);
});

it('proves nothing while some have not got it', async () => {
  const { drill, incident } = await underWay();
  const of = { incident, notice: 'us-hipaa-individual.individual.1', attempt: 1, run: 1 };
  for (const call of [
    { op: 'finished', ...of },
    { op: 'prove', ...of, counts: { delivered: 3 }, digest: 'x' },
  ])
    await expect(forge(drill, call)).rejects.toMatchObject({ name: 'Refused' });
  expect([noticeNow(drill)?.finishedAt, statusNow(drill)]).toEqual([undefined, 'open']);
});

it('shows why an element is left out to who signs in, and to no record and no message', async () => {
  const { drill, incident } = await caseOf();
  await learns(drill, incident, { set: { individuals: { total: 600, byState: { CA: 600 } } } });
  const of = { regime: 'us-ca-1798.82', obligation: 'individual' };
  const path = `/incidents/${incident}/notices/${of.regime}/${of.obligation}`;
  const look = async () => (await drill.during(drill.asPerson(officer, 'GET', path))).body as never;
  const { required } = (await look()) as { required: { id: string; form: boolean }[] };
  const left = 'identity-services';
  const elements = Object.fromEntries(
    required.filter((r) => !r.form && r.id !== left).map((r) => [r.id, 'Said plainly.']),
  );
  const canary = 'CANARY-LEFTOUT has no number';
  await drafts(drill, incident, { of, text: { elements, leftOut: { [left]: canary }, sender }, people: byMail });
  await sends(drill, incident, of);
  const question = await asked(drill, 'officer');
  expect(question.asks.join('\n')).toContain(`left out: ${left}; read why`);
  expect(JSON.stringify(await look())).toContain(canary);
  for (const sink of [table(drill), mailed(drill), drill.deployment.outbox.published, timeline(drill), drill.logged])
    expect(JSON.stringify(sink)).not.toContain('CANARY-LEFTOUT');
});

it('takes no file whose name could name a person, and shows which file it is', async () => {
  const { drill, incident } = await caseOf();
  for (const file of ['canaria-testvogel.csv', 'CANARIA.csv', '2026-11-20-canaria.csv'])
    expect((await drafts(drill, incident, { people: byMail, file })).status).toBe(400);
  expect(JSON.stringify(table(drill)).toLowerCase()).not.toContain('canaria');
  await drafts(drill, incident, { people: byMail });
  await sends(drill, incident);
  expect((await asked(drill, 'officer')).shows.join('\n')).toMatch(
    /file recipients\/\w{26}\/2026-11-20\.csv, \d{3} bytes, uploaded 2026-11-\S+Z, version \S+/,
  );
});

it('stops on the word of the privacy officer or counsel, and a mended draft takes its place', async () => {
  const { drill, incident } = await underWay();
  const refused = await stops(drill, incident, mara);
  expect([refused.status, refused.body.error]).toEqual([403, expect.stringMatching(/only .* may stop it/)]);
  expect((await drafts(drill, incident, { text: words({ subject: 'Mended' }), people: byMail })).status).toBe(403);
  expect((await stops(drill, incident, counsel)).status).toBe(200);
  await drill.clock.runFor(2 * 86_400);
  await drill.settle();
  expect(toPatients(drill)).toHaveLength(2);
  expect(noticeNow(drill)).toMatchObject({
    state: 'sending',
    problem: `stopped by ${counsel.name}: the text is wrong`,
  });
  await heartbeats(drill, 2);
  expect(mailed(drill).filter((m) => m.text?.includes(`was stopped by ${counsel.name}`))).not.toHaveLength(0);
  const mended = await drafts(drill, incident, { text: words({ subject: 'Mended' }), people: byMail });
  expect(mended.body).toMatchObject({ draft: 2, state: 'drafted' });
  expect(questions(drill).map((q) => q.outcome)).toEqual(['voided', 'voided']);
  await drill.settle();
  expect(toPatients(drill)).toHaveLength(2);
});

it('goes on after a stop when the privacy officer lets it', async () => {
  const { drill, incident } = await underWay();
  await stops(drill, incident);
  await drill.clock.runFor(2 * 86_400);
  await sends(drill, incident);
  await drill.settle();
  expect([noticeNow(drill)?.state, toPatients(drill).length]).toEqual(['sent', 3]);
});

it('says every day that a notice has stopped in the middle, and lets only those who approve go on', async () => {
  let paused = true;
  const error = { name: 'SendingPausedException', $fault: 'client', $metadata: { httpStatusCode: 400 } };
  const { drill, incident, second } = await halfApproved({
    fault: (call) =>
      paused && call.command === 'SendBulkEmail' ? Object.assign(new Error('paused'), error) : undefined,
  });
  await approves(drill, counsel, second);
  await drill.settle();
  const told = () => mailed(drill).filter((m) => m.text?.includes('has stopped while it was being sent'));
  const before = told().length;
  for (let day = 0; day < 3; day++) {
    await drill.clock.runFor(86_400);
    await heartbeats(drill, 2);
  }
  const days = new Set(
    told()
      .slice(before)
      .map((m) => m.at.slice(0, 10)),
  );
  expect(days.size).toBe(3);
  for (const { email } of [officer, counsel, mara])
    expect(
      told()
        .slice(before)
        .some((m) => m.to.includes(email)),
    ).toBe(true);
  paused = false;
  const alone = await sends(drill, incident, individual, 1, tomas);
  expect([alone.status, alone.body.error]).toEqual([403, expect.stringMatching(/only .* may let it go on/)]);
  await sends(drill, incident, individual, 1, counsel);
  await drill.settle();
  expect([noticeNow(drill)?.state, toPatients(drill).length]).toEqual(['sent', 3]);
});

it('tells that a notice is in hand later, when nobody could be told at once', async () => {
  let failing = false;
  const { drill, incident } = await caseOf({
    fault: (call) =>
      failing && call.function === 'tourniquet-notify' && ['Publish', 'SendEmail'].includes(call.command)
        ? Object.assign(new Error('x'), { name: 'InternalFailure', $metadata: { httpStatusCode: 500 } })
        : undefined,
  });
  await drafts(drill, incident, { of: media });
  await sends(drill, incident, media);
  await approves(drill, officer, await asked(drill, 'officer'));
  const second = await asked(drill, 'counsel');
  failing = true;
  await approves(drill, counsel, second);
  await drill.settle();
  failing = false;
  const about = () => mailed(drill).filter((m) => m.text?.includes('is approved.'));
  expect([noticeNow(drill, media)?.state, about()]).toEqual(['in-hand', []]);
  await heartbeats(drill, 6);
  expect(about().map((m) => m.to)).toEqual([[officer.email]]);
});

it('tells it once when people were told at once', async () => {
  const { drill, incident } = await caseOf();
  await drafts(drill, incident, { of: media });
  await sends(drill, incident, media);
  await bothApprove(drill);
  await heartbeats(drill, 12);
  expect(mailed(drill).filter((m) => m.text?.includes('is approved.'))).toHaveLength(1);
});

it('waits three days for an answer also when the notice is overdue', async () => {
  const { drill, incident } = await caseOf();
  // a timer holds no more than 24 days
  for (let n = 0; n < 4; n++) await drill.clock.runFor(20 * 86_400);
  await drafts(drill, incident, { people: byMail });
  await sends(drill, incident);
  const first = await asked(drill, 'officer');
  expect(first.escalation).toEqual([60, 120, 1440, 2880]);
  await drill.clock.runFor(30 * 3600);
  await approves(drill, officer, first);
  await say(
    drill,
    counsel,
    decisionOn(await asked(drill, 'counsel'), { decision: 'approve', reason: 'late, but right' }),
  );
  await drill.settle();
  expect(toPatients(drill)).toHaveLength(3);
});
