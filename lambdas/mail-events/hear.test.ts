import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { LightAws } from '../../drills/bench/light.ts';
import type { EntryState } from '../core/ledger.ts';
import { entryOf, ledger, ledgerKeys, tallyOf } from '../platform/ledger.ts';
import { tagsOf } from '../platform/mail-tags.ts';
import { Table } from '../platform/table.ts';
import { build } from './handler.ts';
import { readEvent } from './hear.ts';

const of = { incident: '01JD0000000000000000000000', notice: 'us-fl.501.individual.2' };
const calm = { throttled: 0, bounced: 0, complained: 0, refused: 0, unanswered: 0 };
let made: LightAws[] = [];
afterEach(() => {
  for (const aws of made) aws.close();
  made = [];
});

/** A ledger with rows in these states. */
async function stage(states: EntryState[]) {
  const aws = new LightAws(0, calm, () => 0.5);
  made.push(aws);
  const at = '2026-11-22T08:00:00Z';
  const counts = Object.fromEntries(
    Object.entries(Object.groupBy(states, (s) => s)).map(([s, all]) => [s, all.length]),
  );
  const writes = states.map((state, index) => ({
    key: ledgerKeys.entry(of, 1, index + 2),
    record: ledger.entry.write({ row: index + 2, index, contact: '0'.repeat(32), state, attempt: 1, at }),
  }));
  const progress = { recipients: 'x', rows: states.length, next: states.length, again: [], counts };
  await aws.run((platform) =>
    new Table(platform).write([
      ...writes,
      { key: ledgerKeys.progress(of, 1), record: ledger.progress.write(progress) },
    ]),
  );
  const hear = (bodies: string[]) =>
    aws.run((platform) =>
      build(platform)({ Records: bodies.map((body, n) => ({ messageId: String(n), body })) }),
    ) as Promise<{ batchItemFailures: { itemIdentifier: string }[] }>;
  const state = async (row: number) =>
    (await aws.run((platform) => entryOf(new Table(platform), of, 1, row)))?.value.state;
  const tally = () => aws.run((platform) => tallyOf(new Table(platform), of));
  return { aws, hear, state, tally };
}

const tags = (row: number, more: object = {}) =>
  Object.fromEntries(tagsOf({ ...of, shard: 1, row, ...more }).map(({ Name, Value }) => [Name, [Value]]));

function event(eventType: string, row: number, more: object = {}): string {
  const mail = { messageId: `m${row}`, destination: ['canary@example.com'], tags: tags(row) };
  return JSON.stringify({ source: 'aws.ses', detail: { eventType, mail, ...more } });
}

describe('what SES tells', () => {
  it.each<[string, EntryState]>([
    ['Send', 'accepted'],
    ['Delivery', 'delivered'],
    ['Bounce', 'bounced'],
    ['Complaint', 'complained'],
    ['Reject', 'refused'],
    ['Rendering Failure', 'refused'],
  ])('%s makes an unknown e-mail %s, also in the counters', async (type, state) => {
    const t = await stage(['unknown', 'accepted']);
    expect(await t.hear([event(type, 2)])).toEqual({ batchItemFailures: [] });
    expect(await t.state(2)).toBe(state);
    expect(await t.tally()).toEqual(state === 'accepted' ? { accepted: 2 } : { accepted: 1, [state]: 1 });
  });

  it('comes to the same in any order, in any batches, however often it comes', async () => {
    const types = ['Send', 'Delivery', 'Bounce', 'Complaint'];
    const ends: Record<string, EntryState> = {
      Send: 'accepted',
      Delivery: 'delivered',
      Bounce: 'bounced',
      Complaint: 'complained',
    };
    const told = fc.array(fc.tuple(fc.constantFrom(...types), fc.integer({ min: 2, max: 6 })), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(told, fc.integer({ min: 1, max: 10 }), async (list, batch) => {
        const t = await stage(['claimed', 'unknown', 'accepted', 'queued', 'claimed']);
        const bodies = [...list, ...list].map(([type, row]) => event(type, row));
        for (let n = 0; n < bodies.length; n += batch) await t.hear(bodies.slice(n, n + batch));
        for (let row = 2; row <= 6; row++) {
          const highest = types.filter((type) => list.some(([told, of]) => told === type && of === row)).at(-1);
          if (highest) expect(await t.state(row)).toBe(ends[highest]);
        }
        expect(Object.values(await t.tally()).reduce((sum, n) => sum + n, 0)).toBe(5);
      }),
      { numRuns: 30 },
    );
  });

  it('in two functions at once is counted once', async () => {
    const t = await stage(Array(12).fill('accepted'));
    const bodies = Array.from({ length: 12 }, (_, n) => event('Delivery', n + 2));
    await Promise.all([t.hear(bodies.slice(0, 10)), t.hear(bodies.slice(4)), t.hear(bodies.slice(0, 6))]);
    expect(await t.tally()).toEqual({ delivered: 12 });
  });
});

describe('an event that is none of ours', () => {
  it.each([
    ['no JSON', 'canary{'],
    ['no event', '[]'],
    [
      'of another service',
      JSON.stringify({ source: 'aws.s3', detail: { eventType: 'Send', mail: { tags: tags(2) } } }),
    ],
    ['without tags', JSON.stringify({ source: 'aws.ses', detail: { eventType: 'Delivery', mail: {} } })],
    ['with tags of nobody', event('Delivery', 2).replace('"row"', '"line"')],
    ['with tags that are no list', event('Delivery', 2).replace('["2"]', '{"__proto__":1}')],
    ['of a row that there is not', event('Delivery', 999)],
    ['of a kind that we do not ask for', event('Open', 2)],
    ['of a kind that every object has', event('constructor', 2)],
  ])('%s is let go, and the others are heard', async (_, body) => {
    const t = await stage(['accepted', 'accepted']);
    expect(await t.hear([body, event('Delivery', 3)])).toEqual({ batchItemFailures: [] });
    expect(await t.tally()).toEqual({ accepted: 1, delivered: 1 });
    expect(t.aws.logged.join()).not.toContain('canary');
  });

  it('is never a reason to throw, whatever it holds', () => {
    fc.assert(fc.property(fc.json(), (body) => void readEvent(body)));
  });
});

it('comes again when it could not be written, and says so without naming anybody', async () => {
  const t = await stage(['accepted']);
  t.aws.table.transactWriteItems = () => {
    throw Object.assign(new Error('canary@example.com'), { name: 'InternalServerError' });
  };
  expect(await t.hear(['no event', event('Bounce', 2)])).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
  expect(t.aws.logged.join()).toContain('InternalServerError');
  expect(t.aws.logged.join()).not.toContain('canary');
});

describe('message tags', () => {
  it('name an entry in what SES takes, and are read back as they were', () => {
    const at = { ...of, shard: 12, row: 1_000_000 };
    for (const { Name, Value } of tagsOf(at))
      expect(`${Name} ${Value}`).toMatch(/^[A-Za-z0-9_-]+ [A-Za-z0-9_-]{1,256}$/);
    expect(readEvent(event('Send', 2))).toMatchObject({ ...of, shard: 1, row: 2 });
  });
  it('are not made of a key that could not be read back', () => {
    expect(() => tagsOf({ ...of, notice: 'a--b.c.1', shard: 1, row: 1 })).toThrow('stands for a dot');
  });
});
