import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ICAL from 'node-ical';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Obligation } from '../lambdas/core/obligation.ts';
import { clinic, clockFolder, entity } from './clock.fixture.ts';

beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-22T08:00:00Z') }));
afterAll(() => {
  vi.useRealTimers();
});

const { folder, clock } = clockFolder();

async function obligations(content: unknown, ...words: string[]): Promise<Record<string, Obligation>> {
  const { status, stdout } = await clock(content, '--json', ...words);
  expect(status, stdout).toBe(0);
  const all = JSON.parse(stdout) as Obligation[];
  return Object.fromEntries(all.map((one) => [`${one.regime}/${one.obligation}`, one]));
}

describe('today', () => {
  it('is the real day while nothing in the facts lies after it', async () => {
    const late = { ...clinic, anchors: { discovery: '2026-01-05' } };
    expect((await obligations(late))['us-hipaa-individual/individual']).toMatchObject({
      due: '2026-03-06',
      status: 'overdue',
    });
    expect((await clock(late)).stderr).toBe('');
  });

  it('is the latest day of facts that go beyond the real one, and that is said', async () => {
    const sent = [{ regime: 'us-hipaa-individual', obligation: 'individual', on: '2027-01-21' }];
    expect((await obligations({ ...clinic, sent }))['us-hipaa-individual/individual']?.status).toBe('sent-late');
    const { stdout, stderr } = await clock({ ...clinic, sent });
    expect(stderr).toBe('what if: the facts go beyond today (2026-11-22), so the clocks are read as of 2027-01-21\n');
    expect(stdout).toContain('as of Thu 2027-01-21');
    expect(stdout).toContain('what if: the facts go beyond today');
  });

  it('goes no further than a year: a day beyond is more likely a slip of the pen', async () => {
    expect((await clock({ ...clinic, anchors: { discovery: '2027-11-22' } })).status).toBe(0);
    const { status, stderr } = await clock({ ...clinic, anchors: { discovery: '2062-11-21' } });
    expect(status).toBe(1);
    expect(stderr).toContain('anchors.discovery: 2062-11-21 is after today (2026-11-22)');
  });

  it('given, decides what is over, to the instant', async () => {
    const bank = {
      entity: { ...entity, kinds: ['bank'] },
      anchors: { discovery: '2026-11-20T10:00:00-05:00' },
      regimes: ['us-bank-36h'],
    };
    const at = async (today: string) => (await obligations(bank, '--today', today))['us-bank-36h/regulator']?.status;
    expect(await at('2026-11-21T22:00:00-05:00')).toBe('open');
    expect(await at('2026-11-21T22:00:01-05:00')).toBe('overdue');
  });
});

describe('the table', () => {
  const facts = {
    entity,
    anchors: { discovery: '2026-11-21' },
    individuals: { total: 600, byState: { AK: 2, NY: 20, MD: 501 } },
    holds: [{ kind: 'written', date: '2026-11-21', until: '2027-02-01', regimes: ['us-hipaa-media'] }],
    sent: [{ regime: 'us-ny-899aa', obligation: 'individual', on: '2026-11-22' }],
    regimes: [
      'us-hipaa-individual',
      'us-hipaa-media',
      'us-hipaa-hhs-500plus',
      'us-hipaa-hhs-lt500',
      'us-ny-899aa',
      'us-ak',
      'us-md',
      'us-tx',
      'eu-digital-omnibus',
    ],
  };

  it('sets everything that the JSON has into one of its groups, in 80 columns, the next due first', async () => {
    const { status, stdout, stderr } = await clock(facts);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    const heads = [...stdout.matchAll(/^([A-Z][A-Z ]+?)(?: {2}|$)/gm)].map(([, head]) => head);
    expect(heads).toEqual(['BREACH CLOCK', 'DUE', 'NO NUMBER', 'HELD', 'SENT', 'BESIDE']);
    const lasts = [...stdout.matchAll(/^ {2}\w{3} (\d{4}-\d\d-\d\d) \d\d:\d\d E[DS]T/gm)].map(([, day]) => day ?? '');
    expect(lasts.length).toBeGreaterThan(4);
    const due = lasts.slice(0, stdout.slice(0, stdout.indexOf('\nHELD')).match(/^ {2}\w{3} \d{4}/gm)?.length);
    expect(due).toEqual([...due].sort());
    expect(stdout).toContain('next: ');
    expect(stdout).toMatch(/not law {2}eu-digital-omnibus: never computed/);
    expect(stdout).toMatch(/\n {2}✓ sent 2026-11-22 {2}/);
    expect(stdout).toMatch(/other States {2}1 law waits for counts by State/);
    expect(stdout).toContain('SEND FIRST us-md/regulator1');
    expect(stdout).toMatch(/Not legal advice/);
  });

  it('says hours where hours are left, and days where days are', async () => {
    const bank = {
      entity: { ...entity, kinds: ['bank'] },
      anchors: { discovery: '2026-11-22T00:00:00-05:00' },
      regimes: ['us-bank-36h'],
    };
    expect((await clock(bank)).stdout).toContain('Mon 2026-11-23 12:00 EST  in 33 h 0 min');
    expect((await clock(bank, '--today', '2026-11-25')).stdout).toMatch(/1 OVERDUE[\s\S]*2 days OVERDUE/);
    expect((await clock(clinic)).stdout).toContain('Wed 2027-01-20 23:59 EST  in 59 days  each affected individual');
  });
});

describe('the calendar file', () => {
  const facts = {
    entity: { ...entity, kinds: ['hipaa-covered-entity', 'bank'] },
    anchors: { discovery: '2026-11-21' },
    individuals: { total: 600, byState: { NY: 600 } },
    regimes: ['us-hipaa-individual', 'us-hipaa-media', 'us-hipaa-hhs-500plus', 'us-hipaa-hhs-lt500', 'us-bank-36h'],
  };
  const ics = join(folder, 'clock.ics');

  async function events(content: unknown, ...words: string[]) {
    const { status, stderr } = await clock(content, '--ics', ics, ...words);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return Object.values(ICAL.sync.parseFile(ics)).filter((one) => one?.type === 'VEVENT');
  }

  it('has an event for each notice that is due, an instant in UTC and a day as a day', async () => {
    const all = await obligations(facts);
    const due = Object.values(all).filter(({ owed, due }) => owed !== false && due !== null);
    const read = await events(facts);
    expect(read.map(({ uid }) => uid.split('.').slice(0, 2).join('/')).sort()).toEqual(
      due.map(({ regime, obligation }) => `${regime}/${obligation}`).sort(),
    );
    const text = readFileSync(ics, 'utf8');
    expect(text.match(/^DTSTART;VALUE=DATE:20270120\r$/gm)).toHaveLength(3);
    // 36 elapsed hours from the first moment of the 21st in New York
    expect(text.match(/^DTSTART:20261122T170000Z\r$/gm)).toHaveLength(1);
  });

  it('raises an alarm at 50, 80 and 95 % of the time', async () => {
    await events(facts);
    const text = readFileSync(ics, 'utf8').replaceAll('\r\n ', '');
    const bank = text.split('BEGIN:VEVENT').find((event) => event.includes('UID:us-bank-36h')) ?? '';
    const alarms = [...bank.matchAll(/TRIGGER;VALUE=DATE-TIME:(\w+)/g)].map(([, at]) => at);
    expect(alarms).toEqual(['20261121T230000Z', '20261122T094800Z', '20261122T151200Z']);
  });

  it('keeps its UIDs from one day and one version of the facts to the next, and differs for another incident', async () => {
    const uids = async (content: object, ...words: string[]) =>
      (await events(content, ...words)).map(({ uid }) => uid).sort();
    const first = await uids(facts);
    expect(
      await uids({ ...facts, individuals: { total: 900, byState: { NY: 900 } } }, '--today', '2026-12-01'),
    ).toEqual(first);
    const other = await uids({ ...facts, anchors: { discovery: '2026-11-20' } });
    expect(other.filter((uid) => first.includes(uid))).toEqual([]);
  });

  it('leaves out what is sent, and is folded and escaped as RFC 5545 says', async () => {
    const sent = [{ regime: 'us-hipaa-individual', obligation: 'individual', on: '2026-11-22' }];
    const read = await events({ ...facts, sent });
    expect(read.map(({ uid }) => uid).join()).not.toContain('us-hipaa-individual');
    const text = readFileSync(ics, 'utf8');
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    for (const line of text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    expect(read.map(({ description }) => String(description)).join()).toMatch(/, day 0 excluded, \+60 calendar days/);
  });

  it('that cannot be written says why, and nothing is printed', async () => {
    const { status, stdout, stderr } = await clock(facts, '--ics', join(folder, 'none', 'clock.ics'));
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('cannot be written');
  });
});
