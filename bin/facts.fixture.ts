import { type Facts, factsOf } from '../lambdas/core/facts.ts';
import { obligationsOf } from '../lambdas/core/obligation.ts';
import { readCatalogue } from '../lambdas/platform/catalogue.ts';

const { regimes } = await readCatalogue();

/** What the console says of the clocks of a case, for facts that add to a discovery of 2026-11-16 in Los Angeles. */
export function clocksFile(more: object = {}, n = 1, today = '2026-11-24T18:00:00Z') {
  const facts: Facts = factsOf({
    entity: { kinds: ['hipaa-covered-entity'], zone: 'America/Los_Angeles', states: ['WA'] },
    anchors: { discovery: '2026-11-16' },
    ...more,
  });
  const at = '2026-11-21T02:06:33.000Z';
  return {
    facts: { n, facts, reason: 'the help desk knew on Monday', by: 'Dana Whitfield', at },
    schedule: { n, facts: n, reason: 'the help desk knew on Monday', at },
    work: {},
    obligations: obligationsOf(Object.values(regimes), facts, today),
  };
}
