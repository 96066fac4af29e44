import { describe, expect, it } from 'vitest';
import { factsOf } from './facts.ts';
import { hipaa } from './obligation.fixture.ts';
import { obligationsOf } from './obligation.ts';
import { differences, few, keyOf, runs } from './schedule.ts';

const listed = (more: object = {}, now = '2026-11-22T12:00:00Z') =>
  obligationsOf(
    hipaa,
    factsOf({
      entity: { kinds: ['hipaa-covered-entity'], zone: 'America/New_York', states: ['NY'] },
      anchors: { discovery: '2026-11-21' },
      ...more,
    }),
    now,
  );
const known = { individuals: { total: 600, byState: { NY: 600 } } };

describe('differences', () => {
  it('are none when only a day has passed', () => {
    expect(differences(listed(), listed({}, '2027-03-15T12:00:00Z'))).toEqual([]);
  });

  it('name what moved, what is settled and what is not owed, those still to be sent first', () => {
    const sent = [{ regime: 'us-hipaa-media', obligation: 'media', on: '2026-11-22' }];
    expect(differences(listed(), listed({ ...known, sent }))).toEqual([
      expect.stringMatching(/^us-hipaa-hhs-500plus hhs_large owed, due 2027-01-20/),
      'us-hipaa-media media sent',
      'us-hipaa-hhs-lt500 hhs_small not owed',
    ]);
    const moved = differences(listed(known), listed({ ...known, anchors: { discovery: '2026-11-20' } }));
    expect(moved).toContain('us-hipaa-individual individual due 2027-01-19, was 2027-01-20');
  });

  it('name what is listed no more', () => {
    const [gone, ...rest] = listed();
    expect(differences(listed(), rest)).toEqual([`${gone?.regime} ${gone?.obligation} is not listed any more`]);
  });

  it('are told in part, with how many more there are', () => {
    expect(few(['a', 'b'])).toBe('a; b');
    expect(few(Array.from({ length: 30 }, (_, n) => `n${n}`))).toMatch(/^n0; .*n7; and 22 more$/);
  });
});

it('a notice runs until it is sent, exempt or not owed', () => {
  const sent = [{ regime: 'us-hipaa-media', obligation: 'media', on: '2026-11-22' }];
  expect(
    listed({ ...known, sent })
      .filter(runs)
      .map(keyOf),
  ).toEqual(
    ['us-hipaa-individual/individual', 'us-hipaa-hhs-500plus/hhs_large'].sort(
      (a, b) => listed().findIndex((o) => keyOf(o) === a) - listed().findIndex((o) => keyOf(o) === b),
    ),
  );
});
