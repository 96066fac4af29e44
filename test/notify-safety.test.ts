import { beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../drills/engine/fault.ts';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import { chainsWhole, clockPerTest, executions, obligations, settings, timeline } from './arrivals.ts';
import {
  asked,
  bothApprove,
  byMail,
  canaries,
  caseOf,
  counsel,
  drafts,
  individual,
  media,
  noticeNow,
  notices,
  officer,
  portal,
  questions,
  sender,
  sends,
  ticks,
  toPatients,
  words,
} from './notified.ts';
import { approves, inMode, say, table } from './rehearsed.ts';

clockPerTest();

const statusOf = (drill: Rehearsal, of: { regime: string; obligation: string }) =>
  obligations(drill).find((o) => o.regime === of.regime && o.obligation === of.obligation)?.status;

/** Every object of every bucket, as text, by name. */
function objects(drill: Rehearsal): [string, string][] {
  return [...drill.world.accounts.values()].flatMap((account) =>
    [...account.buckets.values()].flatMap((bucket) =>
      [...bucket.objects].flatMap(([key, versions]) =>
        versions.map((v): [string, string] => [`${bucket.name}/${key}`, Buffer.from(v.body).toString()]),
      ),
    ),
  );
}

it('shows no recipient and no text to any state, log, metric, record, page or execution', async () => {
  const { drill, incident } = await caseOf();
  await drafts(drill, incident, { people: byMail });
  await sends(drill, incident);
  await bothApprove(drill);
  await drafts(drill, incident, {
    people: [...byMail, `${canaries.name},${canaries.email}`],
    file: '2026-11-20-3.csv',
  });
  await sends(drill, incident, individual, 2);
  await drill.settle();
  expect(noticeNow(drill)).toMatchObject({ draft: 2, state: 'drafted', problem: expect.any(String) });
  const pages = drill.deployment.outbox.mailed.filter((m) => !toPatients(drill).includes(m));
  const sinks = {
    executions: drill.engine.executions,
    table: table(drill),
    logged: drill.logged,
    metrics: drill.metrics,
    pages,
    published: drill.deployment.outbox.published,
    timeline: timeline(drill),
    vault: objects(drill).filter(([name]) => !name.includes('case')),
    fatal: drill.fatal.map((e) => e.message),
    deadLetters: drill.deadLetters,
  };
  for (const [sink, content] of Object.entries(sinks))
    for (const canary of Object.values(canaries))
      expect([sink, canary, JSON.stringify(content).includes(canary)]).toEqual([sink, canary, false]);
  // and it is looked for in the right way: the case bucket and the mail to that person have it
  const kept = JSON.stringify(objects(drill).filter(([name]) => name.includes('case')));
  for (const canary of Object.values(canaries)) expect([canary, kept.includes(canary)]).toEqual([canary, true]);
  const mine = toPatients(drill).find((m) => m.to.includes(canaries.email));
  expect(mine?.text).toContain(`Dear ${canaries.name},`);
  expect(mine?.html).toContain(canaries.wrote);
});

it('waits while law enforcement holds the notice, also between approval and sending', async () => {
  const { drill, incident } = await caseOf();
  await drafts(drill, incident, { people: byMail });
  const change = { add: { holds: [{ kind: 'oral', date: '2026-11-19' }] } };
  const held = async () =>
    say(drill, officer, { decision: 'learn', incident, change, reason: 'the FBI asked us to wait' });
  await sends(drill, incident);
  await approves(drill, officer, await asked(drill, 'officer'));
  const second = await asked(drill, 'counsel');
  expect((await held()).status).toBe(200);
  await approves(drill, counsel, second);
  await drill.settle();
  expect(toPatients(drill)).toEqual([]);
  expect(noticeNow(drill)).toMatchObject({ state: 'drafted', problem: expect.stringContaining('law enforcement') });
  expect((await sends(drill, incident)).body.error).toMatch(/held at the request of law enforcement/);
});

it('waits for a notice that the law wants to leave first', async () => {
  const { drill, incident } = await caseOf();
  const change = { set: { individuals: { total: 600, byState: { MD: 600 } } } };
  await say(drill, officer, { decision: 'learn', incident, change, reason: 'counted' });
  const consumers = obligations(drill).find((o) => o.sendFirst.length > 0);
  expect(consumers?.sendFirst.join()).toMatch(/^us-md\//);
  const of = { regime: consumers?.regime ?? '', obligation: consumers?.obligation ?? '' };
  const shown = await drill.during(
    drill.asPerson(officer, 'GET', `/incidents/${incident}/notices/${of.regime}/${of.obligation}`),
  );
  const { required } = shown.body as unknown as { required: { id: string; form: boolean }[] };
  const elements = Object.fromEntries(required.filter((r) => !r.form).map((r) => [r.id, 'Said plainly.']));
  await drafts(drill, incident, { of, text: { elements, sender }, people: byMail });
  const refused = await sends(drill, incident, of);
  expect([refused.status, refused.body.error]).toEqual([403, expect.stringMatching(/us-md\/\w+ must be sent first/)]);
  expect(notices(drill).map((n) => n.state)).toEqual(['drafted']);
});

it('hands what goes to the press or a portal to a person, and counts it as sent when that person records it', async () => {
  const { drill, incident } = await caseOf();
  await drafts(drill, incident, { of: media });
  await sends(drill, incident, media);
  await bothApprove(drill);
  expect(noticeNow(drill, media)).toMatchObject({ state: 'in-hand' });
  expect(statusOf(drill, media)).toBe('open');
  const page = noticeNow(drill, media)?.documents.find((d) => d.what === 'the page to print');
  const kept = objects(drill).find(([name]) => name.endsWith(page?.object ?? 'none'));
  expect(kept?.[1]).toContain('For immediate release');
  const change = { add: { sent: [{ ...media, on: '2026-11-19' }] } };
  await say(drill, officer, { decision: 'learn', incident, change, reason: 'press release to three papers' });
  expect(statusOf(drill, media)).toBe('sent');
});

it('makes a sheet to type over for a portal, with what is known and no cell that a spreadsheet would run', async () => {
  const { drill, incident } = await caseOf();
  const shown = await drill.during(
    drill.asPerson(officer, 'GET', `/incidents/${incident}/notices/${portal.regime}/${portal.obligation}`),
  );
  const { starter } = shown.body as unknown as { starter: { fields: Record<string, string> } };
  expect(starter.fields).toMatchObject({ 'entity-name': 'Northwind Clinic', 'discovery-dates': 'November 19, 2026' });
  const unfinished = await drafts(drill, incident, { of: portal, text: { fields: starter.fields, sender } });
  expect((unfinished.body.missing as string[]).join('\n')).toMatch(/breach-type.*Hacking\/IT Incident/);
  const choice = (text: string) => /: (.*?)(?: \||\]\])/.exec(text.replace(/^.*\?/, ''))?.[1];
  const fields = Object.fromEntries(
    Object.entries(starter.fields).map(([id, text]) => {
      const options = / \| /.test(text) ? (choice(text) ?? '') : text;
      return [id, options.startsWith('[[') ? '=HYPERLINK("https://evil.example")' : options];
    }),
  );
  const chosen = { ...fields, 'breach-type': 'Theft', location: 'Email', 'phi-types': 'Clinical', safeguards: 'None' };
  const more = { 'report-type': 'Initial Breach Report', 'entity-type': 'Health Plan', 'business-associate': 'No' };
  const last = { 'breach-affecting': '500 or More Individuals', 'substitute-notice': 'No' };
  const complete = { fields: { ...chosen, ...more, ...last }, sender };
  expect((await drafts(drill, incident, { of: portal, text: complete })).body.missing).toEqual([]);
  await sends(drill, incident, portal, 2);
  await bothApprove(drill);
  const sheet = noticeNow(drill, portal)?.documents.find((d) => d.what === 'the fields to type over');
  const [, csv] = objects(drill).find(([name]) => name.endsWith(sheet?.object ?? 'none')) ?? [];
  expect(csv).toContain('"Covered entity: name","Northwind Clinic"');
  expect(csv).toContain(`"'=HYPERLINK(""https://evil.example"")"`);
  expect(csv).not.toMatch(/(?:^|,)"=/m);
});

it('starts for nobody without a privacy officer and counsel, and for no case without that obligation', async () => {
  const entities = settings.entities.map(({ counsel: _none, ...e }) => e);
  const { drill, incident } = await caseOf({ settings: inMode('contain-suspected', { entities }) });
  await drafts(drill, incident, { people: byMail });
  const refused = await sends(drill, incident);
  expect([refused.status, refused.body.error]).toEqual([
    403,
    expect.stringContaining('has no counsel in the settings'),
  ]);
  const strange = await drafts(drill, incident, { of: { regime: 'us-xx', obligation: 'individual' } });
  expect([strange.status, strange.body.error]).toEqual([
    403,
    expect.stringMatching(/no obligation us-xx\/individual; it has: .*us-hipaa-individual\/individual/),
  ]);
});

it('refuses texts that nobody could send, each with one clear error', async () => {
  const { drill, incident } = await caseOf();
  const wrong: [string, unknown, RegExp][] = [
    ['no sender', { elements: {} }, /sender/],
    ['a subject of two lines', words({ subject: 'one\ntwo' }), /subject[\s\S]*|one line/],
    ['too long', words({ elements: { contact: 'x'.repeat(20_001) } }), /20,000 characters/],
    ['an unknown field', words({ colour: 'red' }), /colour/],
  ];
  for (const [what, text, error] of wrong) {
    const body = { decision: 'draft', incident, ...individual, text, reason: 'the first draft' };
    const answer = await say(drill, officer, JSON.parse(JSON.stringify(body)));
    expect([what, answer.status, answer.body.error]).toEqual([what, 400, expect.stringMatching(error)]);
  }
  const marks = words({ elements: { ...(words().elements as object), contact: 'Call {{phone}}, {{{name}}}.' } });
  expect((await drafts(drill, incident, { text: marks })).body.missing).toEqual([
    expect.stringContaining('{{phone}} is filled in by nobody'),
  ]);
  const recipients = `recipients/${incident}/2026-11-20-9.csv`;
  const gone = { decision: 'draft', incident, ...individual, text: words(), reason: 'now', recipients };
  expect((await say(drill, officer, gone)).body.error).toContain('upload it first');
  const foreign = { ...gone, recipients: `recipients/${'0'.repeat(26)}/2026-11-20.csv` };
  expect((await say(drill, officer, foreign)).body.error).toContain('another case');
});

/** Stops one function at its call number `at`, once. */
function stopping(name: string, at: number, how: 'stop before' | 'stop after'): Fault {
  let seen = 0;
  return ({ function: who }) => {
    if (who !== `tourniquet-${name}`) return undefined;
    seen += 1;
    return seen === at ? how : undefined;
  };
}

/** A notice from its draft to its proof; whoever gets no answer from the console says it again. */
async function whole(fault?: Fault): Promise<Rehearsal> {
  let armed = false;
  const { drill, incident } = await caseOf({ fault: (call) => (armed ? fault?.(call) : undefined) });
  armed = true;
  const again = async <T>(work: () => Promise<T>): Promise<T> => work().catch(() => work());
  await again(() => drafts(drill, incident, { people: byMail }));
  await again(() => sends(drill, incident));
  for (const [who, person] of [
    ['officer', officer],
    ['counsel', counsel],
  ] as const) {
    const question = await asked(drill, who).catch(async () => {
      await ticks(drill, 4);
      return asked(drill, who);
    });
    await again(() => approves(drill, person, question));
  }
  await drill.settle();
  await ticks(drill, 4);
  return drill;
}

const end = (drill: Rehearsal) => ({
  mails: toPatients(drill)
    .map((m) => m.to.join())
    .sort(),
  state: notices(drill).map((n) => `${n.draft} ${n.state}`),
  questions: questions(drill).map((q) => q.outcome),
  status: statusOf(drill, individual),
  chains: chainsWhole(drill),
  running: executions(drill, 'notify').filter((e) => e.status === 'RUNNING').length,
});

describe('a function that stops at any of its AWS calls', () => {
  const counts = new Map<string, number>();
  let expected: ReturnType<typeof end>;
  const stride = Number(process.env.CRASH_STRIDE ?? 0);
  beforeAll(async () => {
    const drill = await whole(({ function: who }) => {
      counts.set(who, (counts.get(who) ?? 0) + 1);
      return undefined;
    });
    expected = end(drill);
    expect(expected).toMatchObject({
      state: ['1 sent'],
      questions: ['approved', 'approved'],
      status: 'sent',
      running: 0,
    });
    expect(expected.mails).toHaveLength(3);
  });

  it.each(['notify', 'console', 'approve', 'tick'])(
    'tourniquet-%s: everybody is told once, and the notice comes to its proof',
    async (name) => {
      const count = counts.get(`tourniquet-${name}`) ?? 0;
      expect(count).toBeGreaterThan(0);
      const wrong: string[] = [];
      const every = stride || Math.ceil(count / 2);
      for (let at = stride ? 1 : Math.ceil(every / 2); at <= count; at += every)
        for (const how of stride === 1
          ? (['stop before', 'stop after'] as const)
          : [at % 2 === 0 ? ('stop before' as const) : ('stop after' as const)]) {
          const is = JSON.stringify(end(await whole(stopping(name, at, how))));
          if (is !== JSON.stringify(expected)) wrong.push(`${how} call ${at} of ${count}: ${is}`);
        }
      expect(wrong).toEqual([]);
    },
    1_200_000,
  );
});

it('goes on by the tick when an execution has died, and sends nobody anything twice', async () => {
  const { drill, incident } = await caseOf();
  await drafts(drill, incident, { people: byMail });
  await sends(drill, incident);
  await approves(drill, officer, await asked(drill, 'officer'));
  await asked(drill, 'counsel');
  const [running] = executions(drill, 'notify');
  drill.engine.stop(running?.arn ?? '');
  await ticks(drill, 3);
  expect(executions(drill, 'notify').map((e) => e.status)).toEqual(['ABORTED', expect.any(String)]);
  const second = questions(drill).filter((q) => q.id.endsWith('-counsel'));
  expect(second).toHaveLength(1);
});
