import { describe, expect, it } from 'vitest';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import { clockPerTest } from './arrivals.ts';
import {
  approves,
  asked,
  bothApprove,
  caseOf,
  counsel,
  drafts,
  individual,
  noticeNow,
  officer,
  sends,
  toPatients,
} from './notified.ts';
import { mailed, say } from './rehearsed.ts';

clockPerTest();

const header = 'name,email,email_consent,address_line1,city,state,zip';
const people = (count: number) =>
  Array.from({ length: count }, (_, n) => `P ${n},p${n}@patients.example,yes,1 Main,Seattle,WA,98101`);

it('A hold of law enforcement stops a mailing within seconds, in the middle of its slice.', async () => {
  const { drill, incident } = await caseOf();
  await drafts(drill, incident, { people: [header, ...people(2_000)] });
  await sends(drill, incident);
  await approves(drill, officer, await asked(drill, 'officer'));
  await approves(drill, counsel, await asked(drill, 'counsel'));
  await drill.settle(() => toPatients(drill).length >= 50);
  const hold = { kind: 'written', date: '2026-11-19', until: '2026-12-23' };
  const change = { add: { holds: [hold] } };
  await say(drill, officer, { decision: 'learn', incident, change, reason: 'the FBI asked us to wait' });
  const then = toPatients(drill).length;
  await drill.settle();
  // fourteen a second for ten seconds, and the call that was under way
  expect(toPatients(drill).length).toBeLessThanOrEqual(then + 14 * 10 + 50);
  expect(noticeNow(drill)).toMatchObject({ state: 'sending', problem: expect.stringContaining('law enforcement') });
});

describe('e-mails that come back after the proof', () => {
  const back = (incident: string, rows: number[]) => {
    const one = (row: number) => {
      const tags = {
        incident: [incident],
        notice: ['us-hipaa-individual--individual--1'],
        shard: ['1'],
        row: [`${row}`],
      };
      return JSON.stringify({
        source: 'aws.ses',
        detail: { eventType: 'Bounce', mail: { messageId: `m${row}`, tags } },
      });
    };
    return { Records: rows.map((row) => ({ messageId: `${row}`, body: one(row) })) };
  };
  const bounced = (drill: Rehearsal, incident: string, rows: number[]) =>
    drill.during(drill.invoke('tourniquet-mail-events', back(incident, rows)));
  const hourLater = async (drill: Rehearsal) => {
    await drill.clock.runFor(3_700);
    await drill.during(drill.tick());
    await drill.settle();
  };
  const sentTo = async (lines: string[]) => {
    const { drill, incident } = await caseOf();
    await drafts(drill, incident, { people: [header, ...lines] });
    await sends(drill, incident);
    await bothApprove(drill);
    return { drill, incident };
  };
  const toldOf = (drill: Rehearsal, words: RegExp) => mailed(drill).filter((m) => words.test(m.text ?? '')).length;

  it('are told to the officer once within the hour, listed and proved', async () => {
    const { drill, incident } = await sentTo(people(3));
    const proof = noticeNow(drill)?.proof;
    expect(noticeNow(drill)).toMatchObject({ state: 'sent' });
    await bounced(drill, incident, [3]);
    await hourLater(drill);
    expect(noticeNow(drill)).toMatchObject({ state: 'in-hand', sent: { bounced: 1, delivered: 2 } });
    expect(noticeNow(drill)?.proof).not.toEqual(proof);
    expect(toldOf(drill, /did not arrive: 1/)).toBe(1);
    for (let hour = 0; hour < 3; hour++) await hourLater(drill);
    expect(toldOf(drill, /did not arrive: 1/)).toBe(1);
    await bounced(drill, incident, [2]);
    await hourLater(drill);
    expect(toldOf(drill, /did not arrive: 2/)).toBe(1);
  });

  it('count among the ten for whom the law asks for the website and a toll-free number', async () => {
    const { drill, incident } = await sentTo(people(12).map((line) => line.replace('1 Main', '')));
    await bounced(
      drill,
      incident,
      Array.from({ length: 12 }, (_, n) => n + 2),
    );
    await hourLater(drill);
    expect(noticeNow(drill)?.problem).toMatch(/substitute notice: 12 .*164\.404\(d\)\(2\)\(ii\)/);
  });
});

it('A later draft to the same people goes to those alone whom the first did not reach, and approvers see how many.', async () => {
  const { drill, incident } = await caseOf();
  await drafts(drill, incident, { people: [header, ...people(3)] });
  await sends(drill, incident);
  await bothApprove(drill);
  await drafts(drill, incident, { people: [header, ...people(4)], file: '2026-11-20-2.csv' });
  await sends(drill, incident, individual, 2);
  const { shows } = await asked(drill, 'officer');
  expect(shows.join()).toMatch(/3 left out: an earlier draft reached them, or may have/);
  await bothApprove(drill);
  expect(toPatients(drill).map((m) => m.to[0])).toEqual([0, 1, 2, 3].map((n) => `p${n}@patients.example`));
});
