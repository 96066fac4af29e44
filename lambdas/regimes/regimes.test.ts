import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { InvalidFacts } from '../core/facts.ts';
import type { JsonObject } from '../core/json.ts';
import { obligationsOf } from '../core/obligation.ts';
import { InvalidRegime, type Regime, regimeOf, regimesOf } from '../core/regime.ts';
import { type Slip, slipped, slips } from './slips.fixture.ts';

const folder = new URL('.', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const laws: JsonObject[] = files.map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')));
const regimes = regimesOf(laws);

type Example = Regime['examples'][number];

/** Whether an example of a regime, worked with others, comes out as it expects. Facts refused are no answer. */
function holds(all: readonly Regime[], id: string, { facts, today, expect: expected }: Example): boolean {
  try {
    const outcome = obligationsOf(all, facts, today).filter(({ regime }) => regime === id);
    const named = outcome.map((one, index) =>
      Object.fromEntries(Object.keys(expected[index] ?? {}).map((key) => [key, one[key as keyof typeof one]])),
    );
    return isDeepStrictEqual(named, expected);
  } catch (refusal) {
    if (refusal instanceof InvalidFacts) return false;
    throw refusal;
  }
}

/** The laws that a regime or its examples name, those which these name, and for each kind of entity in the examples one that knows it. */
function company({ id, examples }: Regime): Regime[] {
  const found = new Set<Regime>();
  const take = (one: Regime): void => {
    if (one.id === id || found.has(one)) return;
    found.add(one);
    const names = JSON.stringify([one.obligations, one.deemed]);
    for (const other of regimes) if (names.includes(`"${other.id}"`)) take(other);
  };
  const law = JSON.stringify(laws.find((one) => one.id === id));
  for (const other of regimes) if (law.includes(`"${other.id}"`)) take(other);
  for (const kind of new Set(examples.flatMap(({ facts }) => facts.entity.kinds)))
    for (const one of regimes.filter(({ covers }) => covers.kinds.includes(kind)).slice(0, 1)) take(one);
  return [...found];
}

/** With its first example only: the law is what is read again and again. */
function shortened(law: JsonObject): JsonObject {
  return { ...law, examples: Array.isArray(law.examples) ? law.examples.slice(0, 1) : [] };
}

/** Whether no example and not even the schema notices a slip. The examples are asked first: to read several laws again takes longer. */
function survives({ id, examples }: Regime, others: readonly Regime[], law: JsonObject, slip: Slip): boolean {
  const wrong = slipped(law, slip);
  try {
    const all = [...others, regimeOf(wrong)];
    if (!examples.every((one) => holds(all, id, one))) return false;
    regimesOf([...others, wrong]);
    return true;
  } catch (refusal) {
    if (refusal instanceof InvalidRegime) return false;
    throw refusal;
  }
}

const everyId = [
  ...[
    'eu-digital-omnibus',
    'eu-gdpr-33-34',
    'uk-gdpr-33-34',
    'us-42cfr2',
    'us-bank-36h',
    'us-ca-1798.82',
    'us-ca-ccpa-150',
  ],
  ...['us-ca-hsc-1280.15', 'us-circia', 'us-ftc-hbnr', 'us-ftc-safeguards', 'us-hipaa-ba', 'us-hipaa-hhs-500plus'],
  ...[
    'us-hipaa-hhs-lt500',
    'us-hipaa-individual',
    'us-hipaa-media',
    'us-hipaa-security-nprm',
    'us-ncua-72h',
    'us-ny-899aa',
  ],
  ...['us-nydfs-500', 'us-sec-8k', 'us-sec-reg-sp'],
  ...'ak al ar az co ct dc de fl ga hi ia id il in ks ky la ma md me mi mn mo ms mt nc nd ne nh nj nm nv'
    .split(' ')
    .map((s) => `us-${s}`),
  ...'oh ok or pa pr ri sc sd tn tx ut va vt wa wi wv wy'.split(' ').map((s) => `us-${s}`),
];

describe('the regimes', () => {
  it('are each in a file named after their id, and none is missing', () => {
    expect(files.map((name) => basename(name, '.json'))).toEqual(regimes.map(({ id }) => id));
    expect(regimes.map(({ id }) => id).sort()).toEqual([...everyId].sort());
  });

  it('name their sources, and what of them is not verified when one source is all there is', () => {
    const bare = regimes.filter(({ sources }) => !sources.every(({ url, note }) => url ?? note));
    expect(bare.map(({ id }) => id)).toEqual([]);
    const single = regimes.filter(({ verification, unverified }) => verification === 'C' && unverified.length === 0);
    expect(single.map(({ id }) => id)).toEqual([]);
  });

  it('run from the sending of the notices that their anchor says', () => {
    const kinds = new Map(
      regimes.flatMap(({ id, obligations }) => obligations.map((rule) => [`${id}/${rule.id}`, rule.recipientKind])),
    );
    const wrong = regimes.flatMap(({ id, obligations }) =>
      obligations
        .filter(({ deadline: { anchor, after = [] } }) =>
          after.some(
            (one) =>
              kinds.get(`${one.regime}/${one.obligation}`) !==
              (anchor === 'hhs_notice_sent' ? 'federal_agency' : 'individual'),
          ),
        )
        .map((rule) => `${id}/${rule.id}`),
    );
    expect(wrong).toEqual([]);
  });

  // No example can show these: what is no law is not computed, and some anchors read the same fact as another.
  it('carry the numbers of proposals, and the anchors that read the same day as another', () => {
    const told = regimes.flatMap(({ id, status, obligations }) =>
      obligations
        .filter(({ deadline }) => status !== 'in_force' || /^knowledge$|_by_service_provider$/.test(deadline.anchor))
        .map(({ id: own, deadline, threshold }) => {
          const value = deadline.unit === 'none' ? '' : `${deadline.value} `;
          const over = threshold ? `, ${threshold.op} ${threshold.value} ${threshold.unit}` : '';
          return `${id}/${own}: ${value}${deadline.unit} from ${deadline.anchor}${over}`;
        }),
    );
    expect(told).toEqual([
      'eu-digital-omnibus/sa: 96 hours from awareness, gte high risk',
      'us-bank-36h/service_provider: none from determination_by_service_provider, gte 4 hours_of_disruption',
      'us-circia/cisa_incident: 72 hours from reasonable_belief',
      'us-circia/cisa_ransom: 24 hours from payment_made',
      'us-hipaa-security-nprm/restore: 72 hours from loss_of_system',
      'us-hipaa-security-nprm/ba_contingency: 24 hours from contingency_plan_activation',
      'us-hipaa-security-nprm/workforce: 24 hours from workforce_access_change',
      'us-ma/individual: none from knowledge',
      'us-ma/ag: none from knowledge',
      'us-ma/ocabr: none from knowledge',
      'us-sec-reg-sp/service_provider: 72 hours from awareness_by_service_provider',
    ]);
  });
});

describe.each(regimes)('$id', (regime) => {
  it.each(regime.examples)('$why', ({ facts, today, expect: expected }) => {
    const outcome = obligationsOf(regimes, facts, today).filter(({ regime: id }) => id === regime.id);
    expect(outcome).toMatchObject(expected);
  });

  it('has an example, or the schema, against every slip', { timeout: 60_000 }, () => {
    const others = company(regime);
    const law = shortened(laws.find(({ id }) => id === regime.id) ?? {});
    expect(survives(regime, others, law, { path: ['checkedOn'], to: regime.checkedOn })).toBe(true);
    const unnoticed = slips(regime).filter((slip) => survives(regime, others, law, slip));
    expect(unnoticed.map(({ path, to }) => `${path.join('.')} = ${JSON.stringify(to)}`)).toEqual([]);
  });
});
