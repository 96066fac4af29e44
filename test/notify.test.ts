import { expect, it } from 'vitest';
import { approvals, clockPerTest, obligations, timeline } from './arrivals.ts';
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
  noticeNow,
  officer,
  questions,
  sends,
  toPatients,
  upload,
  withLetter,
  words,
} from './notified.ts';
import { mara, minutesBetween, say } from './rehearsed.ts';

clockPerTest();

it('sends what the privacy officer and then counsel have approved, and proves it', async () => {
  const { drill, incident } = await caseOf();
  expect((await drafts(drill, incident, { people: byMail })).body).toMatchObject({ draft: 1, missing: [] });
  expect((await sends(drill, incident)).status).toBe(200);
  const first = await asked(drill, 'officer');
  expect(toPatients(drill)).toEqual([]);
  expect(first.shows.join('\n')).toContain('3 by e-mail, 0 by letter');
  await approves(drill, officer, first);
  const second = await asked(drill, 'counsel');
  expect([second.hash, second.requester]).toEqual([first.hash, officer.principal]);
  expect(toPatients(drill)).toEqual([]);
  await approves(drill, counsel, second);
  await drill.settle();
  expect(toPatients(drill).map((m) => m.to[0])).toHaveLength(3);
  expect(noticeNow(drill)).toMatchObject({
    state: 'sent',
    sent: { delivered: 3 },
    proof: { hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
  });
  expect(obligations(drill).find((o) => o.regime === individual.regime)).toMatchObject({ status: 'sent' });
});

it('leaves what goes by letter to a person, and does not count it as sent', async () => {
  const { drill, incident } = await caseOf();
  await drafts(drill, incident, { people: withLetter });
  await sends(drill, incident);
  await bothApprove(drill);
  expect(toPatients(drill)).toHaveLength(3);
  expect(noticeNow(drill)).toMatchObject({
    state: 'in-hand',
    problem: expect.stringContaining('letters to post by first-class mail: 1 '),
  });
  expect(obligations(drill).find((o) => o.regime === individual.regime)).toMatchObject({ status: 'open' });
});

it('writes letters where nobody agreed to e-mail', async () => {
  const { drill, incident } = await caseOf();
  const [header = '', , , , cy = ''] = withLetter;
  await drafts(drill, incident, { people: [header, cy] });
  await sends(drill, incident);
  await bothApprove(drill);
  expect(toPatients(drill)).toEqual([]);
  expect(noticeNow(drill)).toMatchObject({
    state: 'in-hand',
    problem: expect.stringMatching(/^letters to post by first-class mail: 1 [^;]*$/),
  });
});

it('sends nothing on the word of one person, whoever that is', async () => {
  const { drill, incident } = await caseOf();
  await drafts(drill, incident, { people: byMail });
  await sends(drill, incident);
  const first = await asked(drill, 'officer');
  // counsel and the people on call cannot stand in for the officer
  for (const person of [counsel, mara])
    expect((await approves(drill, person, first)).body.error).toBe(`only ${officer.name} may decide this`);
  await approves(drill, officer, first);
  const second = await asked(drill, 'counsel');
  const again = await approves(drill, officer, second);
  expect([again.status, again.body.error]).toEqual([403, expect.stringContaining('somebody else must give this one')]);
  await drill.settle();
  expect(toPatients(drill)).toEqual([]);
});

it('asks again after one day and two, and sends nothing when nobody answers', async () => {
  const { drill, incident } = await caseOf();
  await drafts(drill, incident, { people: byMail });
  await sends(drill, incident);
  const { askedAt, id } = await asked(drill, 'officer');
  await drill.settle();
  const mails = drill.deployment.outbox.mailed.filter((m) => m.text?.includes(`tourniquet approve ${incident} ${id}`));
  expect(mails.map((m) => [Math.round(minutesBetween(askedAt, m.at) / 60), m.to])).toEqual([
    [0, [officer.email]],
    [24, [officer.email]],
    [48, [officer.email]],
  ]);
  expect(mails[0]?.text).toContain('if nobody answers: nothing is done');
  expect(toPatients(drill)).toEqual([]);
  expect(noticeNow(drill)).toMatchObject({
    state: 'drafted',
    problem: expect.stringContaining('silence sends nothing'),
  });
  expect(questions(drill).map((q) => q.outcome)).toEqual(['timed-out']);
  // it may be asked again, and then anew of both
  await sends(drill, incident);
  await bothApprove(drill);
  expect(toPatients(drill)).toHaveLength(3);
});

it('goes back to the draft when counsel declines, and says why', async () => {
  const { drill, incident } = await caseOf();
  await drafts(drill, incident, { people: byMail });
  await sends(drill, incident);
  await approves(drill, officer, await asked(drill, 'officer'));
  const no = decisionOn(await asked(drill, 'counsel'), { decision: 'decline', reason: 'say which building' });
  await say(drill, counsel, no);
  await drill.settle();
  expect(toPatients(drill)).toEqual([]);
  expect(noticeNow(drill)).toMatchObject({ state: 'drafted', problem: `${counsel.name} declined: say which building` });
});

it.each([
  ['text', { text: words({ subject: 'Another subject' }), people: byMail }],
  ['recipients', { people: withLetter, file: '2026-11-20-2.csv' }],
  ['content of the same file', { people: withLetter }],
])('voids what was approved when the %s change', async (_what, change) => {
  const { drill, incident } = await caseOf();
  await drafts(drill, incident, { people: byMail });
  await sends(drill, incident);
  await approves(drill, officer, await asked(drill, 'officer'));
  const second = await asked(drill, 'counsel');
  expect((await drafts(drill, incident, change)).body).toMatchObject({ draft: 2, state: 'drafted' });
  const late = await approves(drill, counsel, second);
  expect([late.status, late.body.error]).toEqual([403, expect.stringContaining('have changed since it was asked')]);
  await drill.settle();
  expect(toPatients(drill)).toEqual([]);
  expect(noticeNow(drill)).toMatchObject({ draft: 2, state: 'drafted' });
});

it('sends the version of the file that was approved, whatever is uploaded afterwards', async () => {
  const { drill, incident } = await caseOf();
  await drafts(drill, incident, { people: byMail });
  await sends(drill, incident);
  await asked(drill, 'officer');
  await upload(drill, incident, withLetter);
  await bothApprove(drill);
  expect(noticeNow(drill)?.recipients?.checked).toMatchObject({ rows: 3, letters: 0 });
  expect(toPatients(drill)).toHaveLength(3);
});

it('does not ask about a notice that lacks an element, and names each with its citation', async () => {
  const { drill, incident } = await caseOf();
  const elements = { ...(words().elements as object), 'what-to-do': '  ', contact: 'Call [[toll-free number]].' };
  const drafted = await drafts(drill, incident, { text: words({ elements }), people: byMail });
  expect(drafted.body.missing).toEqual([
    expect.stringMatching(/what-to-do is missing: the steps .*45 CFR 164\.404\(c\)\(1\)\(C\)/),
    expect.stringContaining('contact is not finished: it still says [[toll-free number]]'),
  ]);
  const refused = await sends(drill, incident);
  expect([refused.status, refused.body.error]).toEqual([403, expect.stringContaining('164.404(c)(1)(C)')]);
  expect(approvals(drill).filter((a) => a.subject.kind === 'notice')).toEqual([]);
});

it('sends nothing when one row cannot be used, and says where the report is', async () => {
  const { drill, incident } = await caseOf();
  await drafts(drill, incident, { people: [...byMail, ',bad@@,yes,,,,,,,,,,'] });
  await sends(drill, incident);
  await drill.settle();
  expect(questions(drill)).toEqual([]);
  expect(noticeNow(drill)).toMatchObject({
    state: 'drafted',
    problem: expect.stringMatching(/1 of 4 rows .* cannot be used; .*mailing\//),
  });
  expect(toPatients(drill)).toEqual([]);
  expect(timeline(drill).some((e) => e.text.includes('bad@@'))).toBe(false);
});
