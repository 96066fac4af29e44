import { describe, expect, it } from 'vitest';
import type { Fault } from '../drills/engine/fault.ts';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import { stored } from '../drills/engine/report.ts';
import type { JsonObject } from '../lambdas/core/json.ts';
import { type Person, type Settings, settings as settingsSchema } from '../lambdas/core/settings.ts';
import { records } from '../lambdas/platform/records.ts';
import { bucket, clockPerTest, heads, publicBuckets, rehearse, settings, timeline } from './arrivals.ts';
import { mailed, mara, priya, say, theCase, tomas } from './rehearsed.ts';

clockPerTest();

const [entity] = settings.entities;
if (!entity?.privacyOfficer || !entity.counsel) throw new Error('the example settings name two who decide on notices');
const { privacyOfficer: dana, counsel: ruth } = entity;
const hour = 3600;
const day = 24 * hour;
const individual = 'us-hipaa-individual/individual';

/** Only HIPAA, so that the marks can be counted by hand: discovery 2026-11-19 (Los Angeles), 60 days to 2027-01-18. */
const hipaa = ['us-hipaa-individual', 'us-hipaa-media', 'us-hipaa-hhs-500plus', 'us-hipaa-hhs-lt500'];
const counted = { set: { regimes: hipaa, individuals: { total: 600, byState: { CA: 600 } } } };

async function opened(more: Parameters<typeof rehearse>[0] = {}, change: JsonObject = counted): Promise<Rehearsal> {
  const drill = await rehearse({ approvesAfter: 5, ...more });
  drill.deliver(publicBuckets('one', [bucket]));
  await drill.settle();
  expect((await learns(drill, dana, change)).status).toBe(200);
  return drill;
}

const learns = (drill: Rehearsal, person: Person, change: JsonObject, reason = 'because it is so') =>
  say(drill, person, { decision: 'learn', incident: theCase(drill).id, change, reason });

/** A timer holds at most 24 days. */
async function pass(drill: Rehearsal, seconds: number): Promise<void> {
  for (let rest = seconds; rest > 0; rest -= 20 * day) await drill.clock.runFor(Math.min(rest, 20 * day));
}

/** So much time without a heartbeat, then one. */
async function tickAfter(drill: Rehearsal, seconds: number, ticks = 1): Promise<void> {
  await pass(drill, seconds);
  await drill.during(Promise.all(Array.from({ length: ticks }, () => drill.tick().catch(() => undefined))));
}

/** What was mailed of clocks: to whom, and the lines about notices. */
const reminders = (drill: Rehearsal) =>
  mailed(drill)
    .filter((m) => /notices?\b/.test(m.subject))
    .flatMap((m) => m.to.map((to) => ({ to, subject: m.subject, text: m.text ?? '', at: m.at })));
const clocks = (drill: Rehearsal) => stored(drill, /^INCIDENT#/, 'CLOCKS', records.clocks)[0];
const left = (settings_: Settings, who: 'privacyOfficer' | 'counsel'): Settings =>
  settingsSchema.parse({ ...settings_, entities: settings_.entities.map(({ [who]: _gone, ...rest }) => rest) });

describe('the tick reminds', () => {
  it('the privacy officer at half of the time, counsel too at 80 %, everybody at 95 % and when it is over', async () => {
    const drill = await opened();
    await tickAfter(drill, hour);
    expect(reminders(drill)).toEqual([]);
    const told = async (seconds: number) => {
      const before = reminders(drill).length;
      await tickAfter(drill, seconds);
      return reminders(drill).slice(before);
    };
    const half = await told(31 * day);
    expect(half.map((m) => m.to)).toEqual([dana.email]);
    expect(half[0]?.subject).toBe('DRILL NEEDS YOU northwind-clinic: 3 notices, the first due 2027-01-18 (in 29 days)');
    expect(half[0]?.text).toContain('due 2027-01-18 23:59 America/Los_Angeles, in 29 days');
    expect(half[0]?.text).toContain('50 % of the time is gone');
    expect((await told(18 * day)).map((m) => m.to)).toEqual([dana.email, ruth.email]);
    const everybody = [dana, ruth, mara, tomas, priya].map((p) => p.email);
    const last = await told(9 * day);
    expect(last.map((m) => m.to)).toEqual(everybody);
    expect(last[0]?.subject).toMatch(/^DRILL ACT NOW .*in 2 days\)$/);
    const over = await told(3 * day);
    expect(over.map((m) => m.to)).toEqual(everybody);
    expect(over[0]?.subject).toContain('3 of 3 notices OVERDUE, the first since 2027-01-18');
    expect(drill.metrics.NoticeOverdue).toBe(3);
  });

  it('each mark once, however many ticks there are and however many run at once', async () => {
    const drill = await opened();
    for (const seconds of [31 * day, 300, 300]) await tickAfter(drill, seconds, 3);
    expect(reminders(drill).map((m) => m.to)).toEqual([dana.email]);
    expect(drill.metrics.TickFailed).toBeUndefined();
  });

  it('in one message for all marks that came while no tick ran', async () => {
    const drill = await opened();
    await tickAfter(drill, 65 * day);
    const all = reminders(drill);
    expect(all.map((m) => m.to)).toEqual([dana, ruth, mara, tomas, priya].map((p) => p.email));
    expect(all[0]?.text).toMatch(/overdue \(and since the last look: 50 %, 80 %, 95 %\)/);
  });

  it('daily of what is overdue, once a day, and with one message after a week without ticks', async () => {
    const drill = await opened();
    await tickAfter(drill, 61 * day);
    const toDana = () => reminders(drill).filter((m) => m.to === dana.email).length;
    const first = toDana();
    for (let n = 0; n < 24; n++) await tickAfter(drill, 2 * hour);
    expect(toDana()).toBe(first + 2);
    await tickAfter(drill, 7 * day);
    expect(toDana()).toBe(first + 3);
    const marks = clocks(drill)?.work[individual]?.reminded.filter((m) => m.startsWith('overdue'));
    expect(marks).toHaveLength(1);
  });

  it('no more of what was sent, and of what follows from the actual day', async () => {
    const drill = await opened();
    await pass(drill, 20 * day);
    const sent = ['us-hipaa-individual/individual', 'us-hipaa-media/media', 'us-hipaa-hhs-500plus/hhs_large'].map(
      (of) => {
        const [regime, obligation] = of.split('/');
        return { regime: regime ?? '', obligation: obligation ?? '', on: '2026-12-05' };
      },
    );
    expect((await learns(drill, dana, { add: { sent } }, 'letters and portal, receipts kept')).status).toBe(200);
    const entry = timeline(drill).findLast((e) => e.by === dana.name);
    expect(entry?.text).toContain('us-hipaa-individual individual sent');
    await tickAfter(drill, 60 * day);
    expect(reminders(drill)).toEqual([]);
  });

  it('whom the facts name as the owner, instead of the privacy officer', async () => {
    const drill = await opened({}, { ...counted, owners: { [individual]: tomas.email } });
    await tickAfter(drill, 31 * day);
    expect(
      reminders(drill)
        .toSorted((a, b) => a.to.localeCompare(b.to))
        .map((m) => [m.to, m.text.includes(individual), m.text.includes('us-hipaa-media/media')]),
    ).toEqual([
      [dana.email, false, true],
      [tomas.email, true, false],
    ]);
  });

  it('everybody at once of what nobody sees to', async () => {
    const drill = await rehearse({ approvesAfter: 5, settings: left(settings, 'privacyOfficer') });
    drill.deliver(publicBuckets('one', [bucket]));
    await drill.settle();
    await tickAfter(drill, 300);
    const all = reminders(drill);
    expect(all.map((m) => m.to).sort()).toEqual([ruth, mara, tomas, priya].map((p) => p.email).sort());
    expect(all[0]?.text).toContain('nobody sees to it');
    expect(all[0]?.text).toContain(`tourniquet facts ${theCase(drill).id} --owner`);
    await tickAfter(drill, 300);
    expect(reminders(drill)).toHaveLength(all.length);
  });

  it('before a hold ends, and when it has', async () => {
    const drill = await opened();
    await pass(drill, 50 * day);
    const holds = [{ kind: 'oral', date: '2027-01-08', official: 'SA Lee' }];
    expect((await learns(drill, dana, { add: { holds } })).status).toBe(200);
    await tickAfter(drill, 300);
    const before = reminders(drill).length;
    await tickAfter(drill, 26 * day);
    expect(
      reminders(drill)
        .slice(before)
        .map((m) => m.to),
    ).toContain(ruth.email);
    expect(reminders(drill).at(-1)?.text).toContain('the hold ends on 2027-02-07: is there a statement for longer?');
    await tickAfter(drill, 5 * day);
    expect(reminders(drill).at(-1)?.text).toContain('the hold ended on 2027-02-07');
  });
});

describe('a reminder that is cut off', () => {
  const cut =
    (command: string, what: ReturnType<Fault>, while_: () => boolean): Fault =>
    (call) =>
      call.function === 'tourniquet-tick' && call.command === command && while_() ? what : undefined;

  it('between its marks and its mail is told by a later tick', async () => {
    let armed = false;
    const drill = await opened({ fault: cut('SendEmail', 'stop before', () => armed) });
    armed = true;
    await tickAfter(drill, 31 * day);
    expect(reminders(drill)).toEqual([]);
    expect(clocks(drill)?.work[individual]?.reminded).toHaveLength(1);
    armed = false;
    await tickAfter(drill, 300);
    expect(reminders(drill).map((m) => m.to)).toEqual([dana.email]);
    await tickAfter(drill, 300);
    expect(reminders(drill)).toHaveLength(1);
  });

  it('after its mail is told twice rather than never', async () => {
    let armed = false;
    const drill = await opened({ fault: cut('SendEmail', 'stop after', () => armed) });
    armed = true;
    await tickAfter(drill, 31 * day);
    armed = false;
    await tickAfter(drill, 300);
    expect(reminders(drill).map((m) => m.to)).toEqual([dana.email, dana.email]);
    expect(timeline(drill).at(-1)?.text).toContain('told again, the first was cut off');
  });

  it('is tried until somebody could be told', async () => {
    let down = false;
    const fault: Fault = (call) =>
      down && /SendEmail|Publish/.test(call.command) ? new Error('mail is down') : undefined;
    const drill = await opened({ fault });
    down = true;
    await tickAfter(drill, 31 * day);
    await tickAfter(drill, 300);
    expect(reminders(drill)).toEqual([]);
    down = false;
    for (let n = 0; n < 4; n++) await tickAfter(drill, 300);
    expect(reminders(drill).map((m) => m.to)).toEqual([dana.email]);
  });
});

it('a case without clocks is reminded of nothing', async () => {
  const drill = await rehearse({ approvesAfter: 5 });
  drill.deliver(publicBuckets('one', [bucket], { account: '444455556666' }));
  await drill.settle();
  expect(heads(drill)).toHaveLength(1);
  await tickAfter(drill, 90 * day);
  expect(reminders(drill)).toEqual([]);
});

it('what the settings say anew is computed by the next tick, as versions of their own', async () => {
  const changing = structuredClone(settings);
  const drill = await opened({ settings: changing });
  await tickAfter(drill, 300);
  const of = () => [clocks(drill)?.facts, clocks(drill)?.schedule];
  expect(of()).toEqual([2, 2]);
  changing.entities[0]?.states.push('OR');
  await tickAfter(drill, 31 * day);
  expect(of()).toEqual([3, 2]);
  changing.entities[0]?.kinds.push('hipaa-business-associate');
  await tickAfter(drill, 20 * day);
  expect(
    timeline(drill)
      .filter((e) => e.by === 'tick' && e.kind === 'obligation')
      .map((e) => e.text),
  ).toEqual([
    expect.stringMatching(/^the laws, the settings or the day have changed: no date changes/),
    expect.stringMatching(/^the laws, the settings or the day have changed: /),
  ]);
});

describe('whatever the schedule says, within an hour', () => {
  it('a setting that was changed is computed, though the next mark is weeks away', async () => {
    const changing = structuredClone(settings);
    const drill = await opened({ settings: changing });
    for (let n = 0; n < 3; n++) await tickAfter(drill, 300);
    const before = clocks(drill)?.facts ?? 0;
    changing.entities[0]?.states.push('OR');
    await tickAfter(drill, hour);
    expect(clocks(drill)?.facts).toBe(before + 1);
    expect(reminders(drill)).toEqual([]);
  });

  it('it is looked at again even when nothing runs any more', async () => {
    const changing = structuredClone(settings);
    const drill = await opened(
      { settings: changing },
      { set: { regimes: ['us-hipaa-media'], individuals: { total: 1, byState: { CA: 1 } } } },
    );
    await tickAfter(drill, 300);
    const before = clocks(drill)?.facts ?? 0;
    changing.entities[0]?.states.push('OR');
    await tickAfter(drill, hour);
    expect(clocks(drill)?.facts).toBe(before + 1);
  });

  it('what cannot be computed is written down once, not every hour', async () => {
    const changing = structuredClone(settings);
    const drill = await opened({ settings: changing }, { set: { individuals: { total: 1, byState: { CA: 1 } } } });
    changing.entities[0]?.kinds.push('lemonade-stand');
    for (let n = 0; n < 4; n++) await tickAfter(drill, hour);
    expect(timeline(drill).filter((e) => e.text.includes('no clock could be computed'))).toHaveLength(1);
  });
});
