import { expect, it } from 'vitest';
import { type Change, changeState, isOf, move, restoreRefusal, stands } from './change.ts';

const change: Change = {
  action: 'block-bucket-public-access',
  target: { kind: 's3-bucket', id: 'records', account: '111122223333', region: 'us-east-1' },
  generation: 1,
  state: 'recorded',
  incident: 'A',
  plan: 1,
  step: 0,
  reliedOnBy: ['A'],
  before: { flags: null },
  after: { flags: {} },
  scope: {},
  reopens: true,
  recordedAt: '2026-11-21T02:00:00Z',
};
const as = (state: Change['state']): Change => ({ ...change, state });

it('goes recorded → applying → accepted → verified → undoing → undone, and may fail until it is undone', () => {
  const way = ['applying', 'accepted', 'verified', 'undoing', 'undone'] as const;
  expect(way.reduce((c, to) => move(c, to), change).state).toBe('undone');
  for (const state of ['recorded', 'applying', 'accepted', 'verified', 'undoing'] as const)
    expect(move(as(state), 'failed', { problem: 'x' })).toMatchObject({ state: 'failed', problem: 'x' });
});

it('is applied and read back by no short cut, and undone once', () => {
  const forbidden = [
    ['recorded', 'accepted'],
    ['recorded', 'verified'],
    ['recorded', 'undoing'],
    ['applying', 'verified'],
    ['verified', 'undone'],
    ['undone', 'undoing'],
    ['undone', 'undone'],
  ] as const;
  for (const [from, to] of forbidden)
    expect(() => move(as(from), to)).toThrow(
      `change block-bucket-public-access on records is ${from} and cannot become ${to}`,
    );
  for (const to of changeState.options) expect(() => move(as('undone'), to)).toThrow(/possible: nothing/);
});

it('keeps the before-state through every move', () => {
  const moved = move(move(change, 'applying'), 'accepted', { acceptedAt: '2026-11-21T02:00:01Z' });
  expect(moved).toEqual({ ...change, state: 'accepted', acceptedAt: '2026-11-21T02:00:01Z' });
  expect(change.state).toBe('recorded');
});

it('stands from its record to its undo, unless it failed', () => {
  expect(changeState.options.filter((s) => stands(as(s)))).toEqual(['recorded', 'applying', 'accepted', 'verified']);
});

it('is of one step of one plan of one incident', () => {
  expect(isOf(change, { incident: 'A', plan: 1, step: 0 })).toBe(true);
  for (const other of [{ incident: 'B' }, { plan: 2 }, { step: 1 }])
    expect(isOf(change, { incident: 'A', plan: 1, step: 0, ...other })).toBe(false);
});

it('may be restored when it is made, and no other open incident relies on it', () => {
  const shared = { ...as('verified'), reliedOnBy: ['A', 'B', 'C'] };
  expect(restoreRefusal(as('verified'), 'A', new Set(['A']))).toBeUndefined();
  expect(restoreRefusal(shared, 'A', new Set(['A']))).toBeUndefined();
  expect(restoreRefusal(shared, 'A', new Set(['B', 'C']))).toBe('open incident B, C relies on it');
  expect(restoreRefusal(as('undone'), 'A', new Set())).toBe('it is already undone');
  expect(restoreRefusal(as('recorded'), 'A', new Set())).toContain('still recorded');
  expect(restoreRefusal(as('applying'), 'A', new Set())).toContain('still applying');
});
