import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Answer,
  answered,
  type EntryState,
  entryState,
  happened,
  isSent,
  type MailEvent,
  mayClaim,
  moved,
  total,
  upcoming,
} from './ledger.ts';

const states = entryState.options;
const answers: Answer[] = ['accepted', 'throttled', 'refused', 'lost'];
const events: MailEvent[] = ['sent', 'delivered', 'bounced', 'complained', 'rejected', 'rendering-failed'];

describe('an entry of the ledger', () => {
  it('is claimed when there is none, or when SES said that it did not take the message, and never else', () => {
    expect([undefined, ...states].filter(mayClaim)).toEqual([undefined, 'queued']);
  });

  it('is queued again only by the word of SES, and only while nothing tells that it was sent', () => {
    const queued = states.flatMap((state) =>
      answers
        .filter((answer) => state !== 'queued' && answered(state, answer) === 'queued')
        .map((answer) => `${state} ${answer}`),
    );
    expect(queued).toEqual(['claimed throttled', 'unknown throttled']);
    const byEvents = states.filter(
      (state) => state !== 'queued' && events.some((event) => happened(state, event) === 'queued'),
    );
    expect(byEvents).toEqual([]);
  });

  it('without an answer is unknown, and only an event settles that', () => {
    expect(answered('claimed', 'lost')).toBe('unknown');
    expect(mayClaim('unknown')).toBe(false);
    expect(events.map((event) => happened('unknown', event))).toEqual([
      'accepted',
      'delivered',
      'bounced',
      'complained',
      'refused',
      'refused',
    ]);
  });

  it('comes to the same end whatever the order of events and answer, and however often each comes', () => {
    const what = fc.array(fc.constantFrom(...events, 'accepted' as const, 'lost' as const), { minLength: 1 });
    fc.assert(
      fc.property(what, fc.infiniteStream(fc.nat()), (list, seeds) => {
        const run = (all: (MailEvent | 'accepted' | 'lost')[]) =>
          all.reduce<EntryState>(
            (state, one) => (one === 'accepted' || one === 'lost' ? answered(state, one) : happened(state, one)),
            'claimed',
          );
        const shuffled = [...list, ...list]
          .map((one) => ({ one, at: seeds.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at);
        expect(run(shuffled.map(({ one }) => one))).toBe(run(list));
      }),
    );
  });
});

describe('counts', () => {
  it('stay the number of entries, however entries move', () => {
    const move = fc.tuple(fc.nat(9), fc.constantFrom(...states));
    fc.assert(
      fc.property(fc.array(move), (moves) => {
        const entries = new Map<number, EntryState>();
        let counts = {};
        for (const [entry, to] of moves) {
          counts = total(counts, moved([[entries.get(entry), to]]));
          entries.set(entry, to);
        }
        const expected = Object.groupBy(entries.values(), (state) => state);
        expect(counts).toEqual(Object.fromEntries(Object.entries(expected).map(([state, all]) => [state, all.length])));
      }),
    );
  });
});

describe('a shard', () => {
  const shard = { recipients: 'x', rows: 100, next: 60, again: [3, 9], counts: {} };
  it('takes first what was throttled, and never more than 50 or than the quota allows', () => {
    expect(upcoming(shard, 1000)).toEqual([3, 9, ...Array.from({ length: 40 }, (_, n) => 60 + n)]);
    expect(upcoming({ ...shard, next: 0 }, 1000)).toHaveLength(50);
    expect(upcoming(shard, 3)).toEqual([3, 9, 60]);
    expect(upcoming(shard, 0)).toEqual([]);
  });
  it('is sent when nothing is left and nothing is in flight', () => {
    const all = { ...shard, next: 100, again: [] };
    expect(isSent(all)).toBe(true);
    expect(isSent({ ...all, again: [3] })).toBe(false);
    expect(isSent({ ...all, next: 99 })).toBe(false);
    expect(isSent({ ...all, flying: { indexes: [99], until: '2026-01-01T00:00:00Z' } })).toBe(false);
  });
});
