import { factsOf } from './facts.ts';
import { obligationsOf } from './obligation.ts';
import { lawOf } from './regime.fixture.ts';
import { regimesOf } from './regime.ts';

export const entity = { kinds: ['hipaa-covered-entity'], zone: 'America/New_York', states: ['NY'] };
export const federal = { ...lawOf(), id: 'federal' };
export const [letter] = lawOf().obligations;
export const state = (more: object = {}) => ({
  ...lawOf(),
  id: 'state',
  covers: { kinds: 'any', entities: 'anybody', what: 'records', residentsOf: 'NY' },
  ...more,
});
export const own = (obligation: string) => ({ regime: 'state', obligation });
export const ag = (more: object) => ({ ...letter, id: 'ag', recipient: 'the AG', recipientKind: 'ag', ...more });
export const days = (value: number, anchor: string, more: object = {}) => ({
  deadline: { unit: 'calendar_days', value, anchor, standard: 'promptly', ...more },
});
export const sent = (regime: string, obligation: string, on: string) => ({ regime, obligation, on });

/** Obligations of the laws as `regime/obligation` → answer. */
export function under(laws: unknown[], facts: object, today?: string) {
  const given = factsOf({ entity, anchors: { discovery: '2026-10-05' }, ...facts });
  return Object.fromEntries(
    obligationsOf(
      regimesOf(laws.some((law) => (law as { id?: string }).id === 'federal') ? laws : [federal, ...laws]),
      given,
      today,
    ).map((one) => [`${one.regime}/${one.obligation}`, one]),
  );
}
export const due = (laws: unknown[], facts: object = {}) => under(laws, facts)['state/ag']?.due;
