import { describe, expect, it } from 'vitest';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import { stored } from '../drills/engine/report.ts';
import { type EntryState, entryState } from '../lambdas/core/ledger.ts';
import { ledger } from '../lambdas/platform/ledger.ts';
import { clockPerTest } from './arrivals.ts';
import { bothApprove, caseOf, drafts, noticeNow, sends, toPatients } from './notified.ts';
import { table } from './rehearsed.ts';

clockPerTest();

const header = 'name,email,email_consent,address_line1,city,state,zip,phone,deceased,representative';
const canaries = ['Canarina', 'canary.test', 'Canary Lane', '555-0199-CANARY'];
const person = (local: string, street = '7 Canary Lane') =>
  `Canarina ${local},${local}.canary.test@patients.example,yes,${street},Seattle,WA,98101,555-0199-CANARY,,`;

/** One of each kind of person, and of what SES does to them. */
const everyKind = [
  header,
  person('ada'),
  person('bounce'),
  person('bounce-nowhere', ''),
  person('complaint'),
  person('throttled'),
  'Canarina Letter,,no,8 Canary Lane,Seattle,WA,98101,,,',
  'Canarina Nowhere,,no,,,,,555-0199-CANARY,,',
  'Canarina Gone,,no,,,,,,yes,',
  person('ada'),
];

const entries = (drill: Rehearsal) => stored(drill, /^LEDGER#/, 'ROW#', ledger.entry);
const states = (drill: Rehearsal): [number, EntryState][] =>
  entries(drill)
    .map(({ row, state }): [number, EntryState] => [row, state])
    .sort(([a], [b]) => a - b);

function objects(drill: Rehearsal, part: string): string {
  return [...drill.world.accounts.values()]
    .flatMap((account) => [...account.buckets.values()])
    .flatMap((bucket) => [...bucket.objects])
    .filter(([key]) => key.includes(part))
    .flatMap(([, versions]) => versions.map((v) => Buffer.from(v.body).toString()))
    .join('\n');
}

async function mailed(options: Parameters<typeof caseOf>[0] = {}) {
  const { drill, incident } = await caseOf(options);
  await drafts(drill, incident, { people: everyKind });
  await sends(drill, incident);
  await bothApprove(drill);
  return { drill, incident };
}

function findsNoCanary(drill: Rehearsal): void {
  const sinks = {
    executions: drill.engine.executions,
    table: table(drill),
    logged: drill.logged,
    metrics: drill.metrics,
    pages: drill.deployment.outbox.mailed.filter((m) => !toPatients(drill).includes(m)),
    published: drill.deployment.outbox.published,
    deadLetters: drill.deadLetters,
  };
  for (const [sink, content] of Object.entries(sinks))
    for (const canary of canaries)
      expect([sink, canary, JSON.stringify(content).includes(canary)]).toEqual([sink, canary, false]);
}

describe('a list with people of every kind', () => {
  it('comes to one state for each e-mail, by what SES tells', async () => {
    const { drill } = await mailed();
    expect(states(drill)).toEqual([
      [2, 'delivered'],
      [3, 'bounced'],
      [4, 'bounced'],
      [5, 'complained'],
      [6, 'delivered'],
    ]);
    expect(
      toPatients(drill)
        .map((m) => m.to[0]?.split('.')[0])
        .sort(),
    ).toEqual(['ada', 'bounce', 'bounce-nowhere', 'complaint', 'throttled']);
    expect(toPatients(drill)[0]).toMatchObject({ configurationSet: 'tourniquet-notices', tlsPolicy: 'REQUIRE' });
    expect(noticeNow(drill)?.recipients?.checked).toMatchObject({
      ...{ rows: 8, email: 5, letters: 1, substitute: 1, none: 1, bad: 0, duplicates: 1 },
    });
  });

  it('leaves lists for the post and for substitute notice, also of those whose e-mail came back', async () => {
    const { drill, incident } = await mailed();
    const notice = 'us-hipaa-individual.individual.1';
    const answer = await drill.during(
      drill.invoke('tourniquet-send-slice', { op: 'follow', incident, notice, cursor: null }),
    );
    expect(answer).toMatchObject({ done: true, counts: { letters: 1, substitute: 1, unknown: 0 } });
    expect(objects(drill, '/letters/')).toContain('7,Canarina Letter,,8 Canary Lane');
    expect(objects(drill, '/substitute/')).toContain('8,Canarina Nowhere');
    expect(objects(drill, '-letters.csv')).toContain('3,Canarina bounce,');
    expect(objects(drill, '-substitute.csv')).toContain('4,Canarina bounce-nowhere,');
    expect(objects(drill, '/no-notice-needed/')).toContain('9,Canarina Gone');
    expect(objects(drill, '/duplicates/')).toContain('10,2');
    findsNoCanary(drill);
  });

  it('is in no state, log, metric, record, page or execution, and in nothing but mail and the case bucket', async () => {
    const { drill } = await mailed();
    findsNoCanary(drill);
    for (const canary of canaries)
      expect([canary, objects(drill, 'recipients/').includes(canary)]).toEqual([canary, true]);
    for (const state of Object.keys(noticeNow(drill)?.sent ?? {})) expect(entryState.options).toContain(state);
  });

  it('is in no error either, whatever SES and S3 say in theirs', async () => {
    const said = Object.assign(new Error('Missing final @domain in ada.canary.test of Canarina, 7 Canary Lane'), {
      name: 'BadRequestException',
      $metadata: { httpStatusCode: 400, requestId: 'r-1' },
    });
    for (const command of ['SendBulkEmail', 'GetObject', 'PutObject']) {
      const { drill, incident } = await caseOf({
        fault: (call) => (call.function === 'tourniquet-send-slice' && call.command === command ? said : undefined),
      });
      await drafts(drill, incident, { people: everyKind });
      await sends(drill, incident);
      await bothApprove(drill).catch(() => undefined);
      expect(toPatients(drill)).toEqual([]);
      findsNoCanary(drill);
    }
  });
});
