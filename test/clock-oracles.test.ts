import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { tourniquet } from '../bin/cli.fixture.ts';
import { type Facts, factsOf } from '../lambdas/core/facts.ts';
import { type Obligation, obligationsOf, pastMoments } from '../lambdas/core/obligation.ts';
import { regimesOf } from '../lambdas/core/regime.ts';

const laws = join(import.meta.dirname, '../lambdas/regimes');
const regimes = regimesOf(
  readdirSync(laws)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(laws, name), 'utf8'))),
);

const folder = mkdtempSync(join(tmpdir(), 'clock-'));
/** The real day, at which the command line looks. */
const realDay = '2026-11-22';
const oneYearOn = '2027-11-22';
beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: new Date(`${realDay}T12:00:00Z`) }));
afterAll(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});
let files = 0;

/** What the command line answers to facts, as a person would give them in a file. */
async function commanded(facts: unknown, today?: string): Promise<Obligation[]> {
  files += 1;
  const path = join(folder, `${files}.json`);
  writeFileSync(path, JSON.stringify(facts));
  const answer = await tourniquet('clock', path, '--json', ...(today === undefined ? [] : ['--today', today]));
  expect(answer.status, answer.stdout).toBe(0);
  return JSON.parse(answer.stdout) as Obligation[];
}

const clinic = { kinds: ['hipaa-covered-entity'], zone: 'America/New_York', states: ['NY'] };
const anyone = { kinds: ['regulated-entity'], zone: 'America/New_York' };
const under = (...ids: string[]) => ({ regimes: ids });
const individualSent = (regime: string, on: string) => ({ regime, obligation: 'individual', on });

interface Oracle {
  id: string;
  facts: object;
  /** by what the worked example calls it: the obligation, and what is expected of it */
  expected: Record<string, [obligation: string, Partial<Obligation>]>;
}

const individual = 'us-hipaa-individual/individual';

/** Worked by hand, before there was an engine. */
const oracles: Oracle[] = [
  {
    id: 'T01',
    facts: { entity: clinic, anchors: { discovery: '2026-11-21' } },
    expected: { due_date: [individual, { due: '2027-01-20', dueLocal: '2027-01-20T23:59:59-05:00', owed: true }] },
  },
  {
    id: 'T03',
    facts: {
      entity: clinic,
      anchors: { discovery: '2026-12-15' },
      individuals: { total: 500, byState: { NY: 500 } },
      sent: [individualSent('us-hipaa-individual', '2027-01-10')],
    },
    expected: {
      hhs_due: ['us-hipaa-hhs-500plus/hhs_large', { due: '2027-01-10', owed: true, projected: false }],
      individual_outer_limit: [individual, { due: '2027-02-13', legalRollDate: null, status: 'sent' }],
      media_required: ['us-hipaa-media/media', { owed: false, due: null }],
    },
  },
  {
    id: 'T05',
    facts: { entity: clinic, anchors: { discovery: '2027-05-03' }, individuals: { total: 499 } },
    expected: {
      individual_due: [individual, { due: '2027-07-02' }],
      hhs_annual_due: ['us-hipaa-hhs-lt500/hhs_small', { due: '2028-02-29', owed: true }],
    },
  },
  {
    id: 'T06b',
    facts: {
      entity: clinic,
      anchors: { discovery: '2026-12-20' },
      businessAssociate: { agent: true, discovery: '2026-11-02', toldCoveredEntity: '2026-12-20' },
    },
    expected: {
      ce_discovery: [individual, { from: '2026-11-02' }],
      ce_individual_due: [individual, { due: '2027-01-01' }],
    },
  },
  {
    id: 'T07b',
    facts: {
      entity: clinic,
      anchors: { discovery: '2026-11-21' },
      holds: [
        { kind: 'oral', date: '2026-12-28' },
        { kind: 'written', date: '2027-01-15', until: '2027-03-31' },
      ],
    },
    expected: {
      hold_release: [individual, { working: expect.stringContaining('until 2027-03-31') }],
      effective_due: [individual, { due: '2027-03-31', status: 'held' }],
    },
  },
  {
    id: 'T08',
    facts: {
      ...under('us-ca-1798.82'),
      entity: { ...anyone, zone: 'America/Los_Angeles' },
      anchors: { discovery: '2026-11-21' },
      individuals: { byState: { CA: 501 } },
      sent: [individualSent('us-ca-1798.82', '2026-12-21')],
    },
    expected: {
      individual_due: ['us-ca-1798.82/individual', { due: '2026-12-21', status: 'sent' }],
      ag_due: ['us-ca-1798.82/ag', { due: '2027-01-05', owed: true, projected: false }],
    },
  },
  {
    id: 'T08 with 500 residents',
    facts: {
      ...under('us-ca-1798.82'),
      entity: { ...anyone, zone: 'America/Los_Angeles' },
      anchors: { discovery: '2026-11-21' },
      individuals: { byState: { CA: 500 } },
      sent: [individualSent('us-ca-1798.82', '2026-12-21')],
    },
    expected: { with_500_residents_ag: ['us-ca-1798.82/ag', { due: null, owed: false }] },
  },
  {
    id: 'T10',
    facts: {
      entity: clinic,
      anchors: { discovery: '2026-12-01' },
      sent: [{ regime: 'us-hipaa-hhs-500plus', obligation: 'hhs_large', on: '2026-12-21' }],
    },
    expected: {
      individual_due: ['us-ny-899aa/individual', { due: '2026-12-31' }],
      ny_ag_hipaa_due: ['us-ny-899aa/hipaa_ag', { due: '2026-12-29', projected: false }],
    },
  },
  {
    id: 'T12a',
    facts: {
      entity: { ...anyone, kinds: ['sec-registrant'] },
      anchors: { discovery: '2026-11-20', materiality: '2026-11-24T10:00:00-05:00' },
    },
    expected: { due: ['us-sec-8k/sec', { due: '2026-12-01T22:30:00Z', dueLocal: '2026-12-01T17:30:00-05:00' }] },
  },
  {
    id: 'T13',
    facts: {
      entity: { ...anyone, kinds: ['nydfs-licensee'] },
      anchors: { discovery: '2026-11-25T09:00:00-05:00', determination: '2026-11-25T16:30:00-05:00' },
    },
    expected: { due: ['us-nydfs-500/dfs', { due: '2026-11-28T21:30:00Z', dueLocal: '2026-11-28T16:30:00-05:00' }] },
  },
  {
    id: 'T15',
    facts: {
      entity: { ...anyone, kinds: ['bank'] },
      anchors: { discovery: '2026-03-07T19:00:00-05:00', determination: '2026-03-07T20:00:00-05:00' },
    },
    expected: {
      due: ['us-bank-36h/regulator', { due: '2026-03-09T13:00:00Z', dueLocal: '2026-03-09T09:00:00-04:00' }],
    },
  },
  {
    id: 'T17',
    facts: { ...under('us-vt'), entity: { ...anyone, states: ['VT'] }, anchors: { discovery: '2026-11-21' } },
    expected: {
      ag_due: ['us-vt/regulator1', { due: '2026-12-11', projected: false }],
      individual_due: ['us-vt/individual', { due: '2027-01-05' }],
    },
  },
  {
    id: 'T19',
    facts: {
      ...under('us-ok', 'us-ia', 'us-la'),
      entity: anyone,
      anchors: { discovery: '2026-12-01' },
      individuals: { byState: { OK: 500, IA: 501, LA: 1 } },
      sent: ['us-ok', 'us-ia', 'us-la'].map((regime) => individualSent(regime, '2026-12-18')),
    },
    expected: {
      ok_ag_due: ['us-ok/regulator1', { due: '2027-02-16', owed: true }],
      ia_ag_due: ['us-ia/regulator1', { due: '2026-12-28', owed: true }],
      la_ag_received_by: ['us-la/regulator1', { due: '2026-12-28', owed: true }],
    },
  },
];

describe('a worked example', () => {
  it.each(oracles)('$id comes out of the command line and of the function alike', async ({ facts, expected }) => {
    const printed = await commanded(facts);
    for (const [what, [name, outcome]] of Object.entries(expected)) {
      const is = ({ regime, obligation }: Obligation) => `${regime}/${obligation}` === name;
      expect(printed.find(is), what).toMatchObject(outcome);
      // without a day for today nothing is held or over, and all is for counsel; the dates are the same
      const { status: _, ...dated } = outcome;
      expect(obligationsOf(regimes, factsOf(facts)).find(is), what).toMatchObject(dated);
    }
  });
});

const published = join(import.meta.dirname, '../../shared/law/oracles.json');
type Given = { id: string; input: Record<string, unknown>; expected: Record<string, unknown> };
const given = existsSync(published) ? (JSON.parse(readFileSync(published, 'utf8')) as Given[]) : [];

/** The dates, instants (without their zone's name) and numbers of a worked example's input. */
function* inputs(input: object): Generator<string> {
  for (const value of Object.values(input)) {
    if (typeof value === 'number') yield `:${value}`;
    if (typeof value === 'string') yield value.split(' ')[0] ?? '';
  }
}

const shows: Record<string, (value: unknown) => Partial<Obligation>> = {
  ce_discovery: (value) => ({ from: String(value) }),
  hold_release: (value) => ({ working: expect.stringContaining(`until ${value}`) }),
  media_required: (value) => ({ owed: value as boolean }),
};

function dueOf(value: unknown): Partial<Obligation> {
  if (value === null) return { due: null };
  if (typeof value === 'object')
    return { due: (value as { utc: string }).utc, dueLocal: (value as { local: string }).local };
  const [local = '', zone] = String(value).split(' ');
  return zone ? { dueLocal: expect.stringContaining(local) } : { due: local };
}

describe.runIf(given.length > 0)('the published list of worked examples', () => {
  it.each(given)('$id is among ours, with its own numbers and outcomes', async ({ id, input, expected }) => {
    const ours = oracles.filter((one) => one.id === id || one.id.startsWith(`${id} `));
    const stated = JSON.stringify(ours.map(({ facts }) => facts));
    for (const value of inputs(input)) expect(stated).toContain(value);
    for (const [what, value] of Object.entries(expected)) {
      const one = ours.find((oracle) => what in oracle.expected);
      const [name] = one?.expected[what] ?? [];
      const answer = (await commanded(one?.facts)).find((o) => `${o.regime}/${o.obligation}` === name);
      expect(answer, what).toMatchObject((shows[what] ?? dueOf)(value));
    }
  });
});

/** The latest day of facts that go more than a year beyond the real one, which the command refuses without a given day. */
function farAhead(facts: Facts): string | undefined {
  const latest = pastMoments(facts)
    .map(([, when]) => when)
    .sort()
    .at(-1);
  return latest !== undefined && latest > oneYearOn ? latest : undefined;
}

describe('every example of', () => {
  it.each(regimes)('$id passes through the command line', async ({ id, examples }) => {
    for (const { why, facts, today, expect: expected } of examples) {
      const outcome = (await commanded(facts, today ?? farAhead(facts))).filter(({ regime }) => regime === id);
      expect(outcome, why).toMatchObject(expected);
    }
  });
});
