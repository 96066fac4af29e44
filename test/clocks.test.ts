import { describe, expect, it } from 'vitest';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import { stored } from '../drills/engine/report.ts';
import type { JsonObject } from '../lambdas/core/json.ts';
import { keyOf } from '../lambdas/core/schedule.ts';
import type { Person } from '../lambdas/core/settings.ts';
import { records } from '../lambdas/platform/records.ts';
import { bucket, clockPerTest, obligations, publicBuckets, rehearse, settings, timeline } from './arrivals.ts';
import { mailed, mara, say, table, theCase } from './rehearsed.ts';

clockPerTest();

const [entity] = settings.entities;
if (!entity?.privacyOfficer || !entity.counsel) throw new Error('the example settings name two who decide on notices');
const { privacyOfficer: dana, counsel: ruth } = entity;
const day = 24 * 3600;

/** A case with its first containment over, and all that was mailed until then forgotten. */
async function opened(more: Parameters<typeof rehearse>[0] = {}): Promise<Rehearsal> {
  const drill = await rehearse({ approvesAfter: 5, ...more });
  drill.deliver(publicBuckets('one', [bucket]));
  await drill.settle();
  return drill;
}

/** So much time, then one heartbeat. */
async function after(drill: Rehearsal, seconds: number): Promise<void> {
  await drill.clock.runFor(seconds);
  await drill.during(drill.tick());
}

const versions = (drill: Rehearsal) => stored(drill, /^INCIDENT#/, 'FACTS#', records.facts);
const schedules = (drill: Rehearsal) => stored(drill, /^INCIDENT#/, 'SCHEDULE#', records.schedule);
const due = (drill: Rehearsal, of: string) => obligations(drill).find((o) => keyOf(o) === of)?.due;
const individual = 'us-hipaa-individual/individual';

const learns = (drill: Rehearsal, person: Person, change: JsonObject, reason = 'because it is so') =>
  say(drill, person, { decision: 'learn', incident: theCase(drill).id, change, reason });

describe('what people learn', () => {
  it('is kept version by version, and the schedule follows with its reason', async () => {
    const drill = await opened();
    expect(due(drill, individual)).toBe('2027-01-18');
    await drill.clock.runFor(3 * day);
    const said = await learns(
      drill,
      dana,
      { set: { anchors: { discovery: '2026-11-16' } } },
      'the help desk knew on Monday',
    );
    expect([said.status, said.body]).toEqual([200, { facts: 2, schedule: 2, changed: true }]);
    expect(due(drill, individual)).toBe('2027-01-15');
    expect(versions(drill).map((v) => [v.n, v.facts.anchors.discovery, v.by])).toEqual([
      [1, '2026-11-20T03:09:44.512Z', 'plan'],
      [2, '2026-11-16', dana.name],
    ]);
    expect(schedules(drill).map((s) => s.obligations.find((o) => keyOf(o) === individual)?.due)).toEqual([
      '2027-01-18',
      '2027-01-15',
    ]);
    const entry = timeline(drill).at(-1);
    expect(entry).toMatchObject({ kind: 'obligation', by: dana.name, about: 'SCHEDULE#000002' });
    expect(entry?.text).toContain('the help desk knew on Monday: recomputed: ');
    expect(entry?.text).toContain('us-hipaa-individual individual due 2027-01-15, was 2027-01-18');
  });

  it('makes no new version when it is known already', async () => {
    const drill = await opened();
    const change = { set: { individuals: { total: 600 } } };
    await learns(drill, mara, change);
    const before = table(drill);
    expect((await learns(drill, mara, change)).body).toMatchObject({ changed: false });
    expect(versions(drill)).toHaveLength(2);
    expect(before).toContain('600');
  });

  it('loses nothing when two people record at once', async () => {
    const drill = await opened();
    const counts = [
      ['CA', 501],
      ['OR', 7],
      ['NV', 12],
    ] as const;
    await Promise.all(
      counts.map(([state, n]) => learns(drill, mara, { set: { individuals: { byState: { [state]: n } } } })),
    );
    expect(versions(drill).at(-1)?.facts.individuals?.byState).toEqual({ CA: 501, OR: 7, NV: 12 });
    expect(versions(drill)).toHaveLength(4);
  });

  it.each<[string, Person, JsonObject, number, RegExp]>([
    [
      'a day after today',
      dana,
      { set: { anchors: { determination: '2027-02-01' } } },
      400,
      /anchors.determination.*after today/,
    ],
    ['a negative count', mara, { set: { individuals: { total: -1 } } }, 400, /individuals.total.*negative/],
    ['an unknown State', mara, { set: { individuals: { byState: { ZZ: 1 } } } }, 400, /individuals.byState/],
    ['a field that is not read', mara, { set: { moon: 'full' } }, 400, /moon/],
    ['the entity', dana, { set: { entity: { zone: 'UTC' } } }, 400, /entity.*comes from the settings/],
    [
      'a notice that no law has',
      mara,
      { add: { sent: [{ regime: 'us-moon', obligation: 'x', on: '2026-11-19' }] } },
      400,
      /us-moon/,
    ],
    ['nothing', mara, {}, 400, /says nothing/],
    [
      'a discovery by anybody else',
      mara,
      { set: { anchors: { discovery: '2026-11-01' } } },
      403,
      /only the privacy officer .* Dana/,
    ],
    [
      'a discovery by counsel',
      ruth,
      { set: { anchors: { workforceKnowledge: '2026-11-01' } } },
      403,
      /only the privacy officer/,
    ],
    [
      'an assessment by anybody else',
      mara,
      { set: { assessment: {} } },
      403,
      /only the privacy officer or counsel may record assessment/,
    ],
    [
      'a later day by way of a business associate',
      mara,
      { set: { businessAssociate: { agent: false, toldCoveredEntity: '2026-11-19' } } },
      403,
      /only the privacy officer/,
    ],
    [
      'a hold by anybody else',
      mara,
      { add: { holds: [{ kind: 'oral', date: '2026-11-19' }] } },
      403,
      /privacy officer or counsel may record holds/,
    ],
    [
      'fewer laws by anybody else',
      mara,
      { set: { regimes: null } },
      403,
      /privacy officer or counsel may record regimes/,
    ],
    ['a list in place of another', ruth, { set: { sent: [] } }, 403, /replace the list sent/],
    [
      'an owner whom nobody knows',
      mara,
      { owners: { [individual]: 'x@example.org' } },
      403,
      /cannot be seen to by x@example.org/,
    ],
  ])('refuses %s in words, and records nothing', async (_what, person, change, status, words) => {
    const drill = await opened();
    const before = table(drill);
    const answer = await learns(drill, person, change);
    expect([answer.status, answer.body.error]).toEqual([status, expect.stringMatching(words)]);
    expect(table(drill)).toBe(before);
  });
});

describe('a risk assessment', () => {
  const factors = Object.fromEntries(
    ['natureAndExtent', 'unauthorizedPerson', 'acquiredOrViewed', 'mitigation'].map((name) => [
      name,
      'as counsel wrote',
    ]),
  );
  const assessment = { conclusion: 'low_probability', factors, on: '2026-11-20', signedBy: 'Ruth Abara' };
  const status = (drill: Rehearsal) => obligations(drill).find((o) => keyOf(o) === individual)?.status;

  it('is locked to the facts that it was signed on, and stands no more when more people are found', async () => {
    const drill = await opened();
    await drill.clock.runFor(day);
    await learns(drill, mara, { set: { individuals: { total: 40 } } });
    expect((await learns(drill, ruth, { set: { assessment } })).status).toBe(200);
    expect(versions(drill).at(-1)?.facts.assessment).toMatchObject({
      inputs: 3,
      hash: expect.stringMatching(/^\w{64}$/),
    });
    expect(status(drill)).toBe('exempt');
    await learns(drill, mara, { set: { individuals: { total: 900 } } });
    expect(status(drill)).toBe('open');
    expect(versions(drill).at(-1)?.facts.assessment?.superseded).toMatch(/signed on facts 3.*facts 4: sign it again/);
    await learns(drill, ruth, { set: { assessment } });
    expect(status(drill)).toBe('exempt');
  });
});

describe('an earlier finding', () => {
  const earlier = publicBuckets('two', [bucket], { createdAt: '2026-11-14T12:00:00.000Z' });

  it('counts beside the day that the privacy officer set, and people are told', async () => {
    const drill = await opened();
    await learns(drill, dana, { set: { anchors: { discovery: '2026-11-19' } } });
    const letters = mailed(drill).length;
    drill.deliver(earlier);
    await drill.settle();
    expect(versions(drill).at(-1)?.facts.anchors).toEqual({
      discovery: '2026-11-19',
      constructiveDiscovery: '2026-11-14T12:00:00.000Z',
    });
    expect(due(drill, individual)).toBe('2027-01-13');
    await after(drill, 300);
    const told = mailed(drill)
      .slice(letters)
      .filter((m) => m.subject.includes('the clocks of a case have moved'));
    expect(told.map((m) => m.to)).toEqual([[dana.email, ruth.email]]);
    expect(told[0]?.text).toContain('Dana Whitfield had set 2026-11-19');
    // the officer may rule it out, with a reason
    await learns(drill, dana, { set: { anchors: { constructiveDiscovery: null } } }, 'a false alarm on a test bucket');
    expect(due(drill, individual)).toBe('2027-01-18');
  });
});
