import { Temporal } from 'temporal-polyfill';
import type { Head } from '../core/incident.ts';
import { inert } from '../core/inert.ts';
import { hashOf } from '../core/json.ts';
import { when } from '../core/message.ts';
import { type Circle, circleOf, type Reminded, remindersOf } from '../core/reminder.ts';
import { headline, type Line, lineTexts, urgencyOf } from '../core/reminder-text.ts';
import { type Clocks, keyOf, type Reminder, runs } from '../core/schedule.ts';
import { type LegalEntity, type Person, peopleOf, type Settings } from '../core/settings.ts';
import { memberOf } from '../core/withholding.ts';
import { amendIncident, headOf } from './incidents.ts';
import { type Note, notify } from './mail.ts';
import { brought, clocksOf, current, type Ground, type Standing } from './obligations.ts';
import { at, inMinutes } from './plans.ts';
import type { Platform } from './platform.ts';
import { keys, records } from './records.ts';
import { type Item, Table, type Write } from './table.ts';

/** Minutes after which a reminder that nobody has called told is told again: longer than a tick may run. */
const leaseMinutes = 5;

/** Minutes after which clocks are looked at again, whatever the schedule says. */
const lookMinutes = 60;

/** The legal entity whose clocks run for an incident. */
function entityFor(head: Head, settings: Settings): LegalEntity | undefined {
  const name = memberOf(head.account, settings)?.entity;
  return settings.entities.find((e) => e.name === name);
}

/** Whoever sees to an obligation, as far as the settings know them. */
function owner(settings: Settings, head: Head, work: Clocks['work'], of: string): Person | undefined {
  const named = work[of]?.owner;
  return peopleOf(settings).find((p) => p.email === named) ?? entityFor(head, settings)?.privacyOfficer;
}

function circle(settings: Settings, head: Head, seesToIt: Person | undefined, wide: Circle): Person[] {
  const counsel = entityFor(head, settings)?.counsel;
  const all = [
    ...(seesToIt ? [seesToIt] : []),
    ...(wide !== 'owner' && counsel ? [counsel] : []),
    ...(wide === 'everybody' || !seesToIt ? settings.onCall : []),
  ];
  return [...new Map(all.map((p) => [p.email, p])).values()];
}

/**
 * Takes every mark that has come, with what each person is to be told of it, in one transaction: two ticks at once take it once. It is
 * told after that. Should telling be cut off, the record of it is still due: a person may then be told twice, never not at all.
 */
export async function remind(platform: Platform, incident: string): Promise<void> {
  const [settings, catalogue] = await Promise.all([platform.settings(), platform.catalogue()]);
  await amendIncident(platform, incident, async (head, table) => {
    const before = await clocksOf(table, incident);
    return before && brought({ table, settings, catalogue, now: at(platform) }, head, before);
  });
  let written: Reminder[] = [];
  await amendIncident(platform, incident, async (head, table) => {
    const standing = await clocksOf(table, incident);
    written = [];
    if (!standing) return undefined;
    const ground = { table, settings, catalogue, now: at(platform) };
    const reminded = taken(platform, ground, head, standing);
    written = digests(platform, ground, head, standing.clocks, reminded);
    const overdue = reminded.fresh.filter(({ marks }) => marks.some((m) => m.name.startsWith('overdue '))).length;
    if (overdue > 0) platform.metrics.count('NoticeOverdue', overdue);
    const clocks = records.clocks.write({ ...standing.clocks, work: reminded.work });
    return {
      writes: [
        {
          key: keys.clocks(incident),
          record: clocks,
          was: standing.rev,
          due: nextLook(platform, head, reminded),
        },
        ...written.map((one) => put(platform, one)),
      ],
    };
  });
  for (const one of written) await tell(platform, incident, one.id);
}

/**
 * The next mark, and at the latest in an hour while the case is open or anything runs: a law that was deployed, or a setting that was
 * changed, may begin a clock that is shorter than the wait for the next mark of the old schedule.
 */
function nextLook(platform: Platform, head: Head, { next }: Reminded): string | undefined {
  if (head.status === 'closed' && !next) return undefined;
  const latest = platform.now().add({ minutes: lookMinutes });
  const look = next && Temporal.Instant.compare(next, latest) < 0 ? next : latest;
  return look.toString({ smallestUnit: 'millisecond' });
}

function taken(platform: Platform, ground: Ground, head: Head, standing: Standing): Reminded {
  const { settings, catalogue } = ground;
  return remindersOf({
    obligations: current(ground, standing),
    regimes: catalogue.regimes,
    facts: standing.facts.facts,
    work: standing.clocks.work,
    ownerOf: (of) => owner(settings, head, standing.clocks.work, of)?.email,
    targetDays: entityFor(head, settings)?.noticeTargetDays ?? 30,
    now: platform.now(),
  });
}

/** One digest for each person; whoever has the same one shares it. */
function digests(platform: Platform, ground: Ground, head: Head, { work }: Clocks, { fresh }: Reminded): Reminder[] {
  const by = new Map<string, Reminder['marks']>();
  for (const { of, marks } of fresh) {
    const seesToIt = owner(ground.settings, head, work, of);
    for (const { email } of circle(ground.settings, head, seesToIt, circleOf(marks)))
      by.set(email, [...(by.get(email) ?? []), { of, marks: marks.map((m) => m.name) }]);
  }
  const shared = new Map<string, { to: string[]; marks: Reminder['marks'] }>();
  for (const [to, marks] of by) {
    const key = hashOf(marks);
    shared.set(key, { marks, to: [...(shared.get(key)?.to ?? []), to] });
  }
  return [...shared.values()].map(({ to, marks }) => digest(platform, head.id, to, { marks }));
}

function digest(platform: Platform, incident: string, to: string[], more: Partial<Reminder>): Reminder {
  return { id: platform.id(), incident, to, marks: [], at: at(platform), tried: 0, ...more };
}

function put(platform: Platform, one: Reminder): Write {
  const key = keys.reminder(one.incident, one.id);
  return { key, record: records.reminder.write(one), due: inMinutes(platform, leaseMinutes) };
}

/** Tells privacy officer and counsel (everybody on call where there are none) one sentence about the clocks, by the next tick. */
export function announced(platform: Platform, settings: Settings, head: Head, says: string): Write[] {
  const officer = entityFor(head, settings)?.privacyOfficer;
  const to = circle(settings, head, officer, 'counsel').map(({ email }) => email);
  return [{ ...put(platform, digest(platform, head.id, to, { says: inert(says, 600) })), due: at(platform) }];
}

/** Tells again what was cut off. Whoever moves its time first tells it. */
export async function tellAgain(platform: Platform, item: Item): Promise<void> {
  const one = records.reminder.read(item.record);
  const due = one.toldAt ? undefined : inMinutes(platform, leaseMinutes * Math.min(12, one.tried + 1));
  const record = records.reminder.write({ ...one, tried: one.tried + (one.toldAt ? 0 : 1) });
  await new Table(platform).write([{ key: item.key, record, was: item.rev, due }]);
  if (!one.toldAt) await tell(platform, one.incident, one.id);
}

async function tell(platform: Platform, incident: string, id: string): Promise<void> {
  const table = new Table(platform);
  const key = keys.reminder(incident, id);
  const item = await table.get(key);
  const one = item && records.reminder.read(item.record);
  if (!one || one.toldAt) return;
  const [settings, catalogue, { head }, standing] = await Promise.all([
    platform.settings(),
    platform.catalogue(),
    headOf(table, incident),
    clocksOf(table, incident),
  ]);
  const listed = standing ? current({ catalogue, now: at(platform) }, standing) : [];
  const lines = one.marks.flatMap(({ of, marks }) => {
    const found = listed.find((o) => keyOf(o) === of);
    return found && runs(found) ? [{ one: found, marks }] : [];
  });
  const people = one.to.flatMap((email) => peopleOf(settings).find((p) => p.email === email) ?? []);
  const told =
    lines.length > 0 || one.says
      ? await notify(platform, note(platform, settings, head, one, lines), people.length > 0 ? people : settings.onCall)
      : undefined;
  await amendIncident(platform, incident, async () => ({
    writes: [{ key, record: records.reminder.write({ ...one, toldAt: at(platform) }), was: item.rev }],
    timeline: told
      ? [
          {
            event: at(platform),
            kind: 'told',
            by: 'tick',
            text: toldText(told, about(platform, settings, head, lines), lines, one),
            about: key.sk,
          },
        ]
      : [],
  }));
}

/** What a reminder is about, in a few words. */
function about(platform: Platform, settings: Settings, head: Head, lines: readonly Line[]): string {
  const zone = entityFor(head, settings)?.zone ?? 'UTC';
  return lines.length > 0 ? `reminder of ${headline(lines, zone, platform.now())}` : 'a change of the clocks';
}

function toldText(
  { told, failed }: Awaited<ReturnType<typeof notify>>,
  what: string,
  lines: readonly Line[],
  one: Reminder,
): string {
  const broken = failed.length > 0 ? `; failed: ${failed.join('; ')}` : '';
  return `${lines.length > 0 ? urgencyOf(lines) : 'NEEDS YOU'}: told by ${told.join(' and ')}: ${what}${one.tried > 0 ? ' (told again, the first was cut off)' : ''}${broken}`;
}

function note(platform: Platform, settings: Settings, head: Head, { says }: Reminder, lines: readonly Line[]): Note {
  const alias = memberOf(head.account, settings)?.alias ?? 'unknown account';
  const zone = entityFor(head, settings)?.zone ?? 'UTC';
  const now = platform.now();
  const link = `${settings.mail.consoleUrl.replace(/\/$/, '')}/incidents/${head.id}`;
  const title =
    lines.length > 0
      ? `${urgencyOf(lines)} ${alias}: ${headline(lines, zone, now)}`
      : `NEEDS YOU ${alias}: the clocks of a case have moved`;
  const sections = [
    ...(says ? [{ heading: 'What has changed', lines: [says] }] : []),
    ...(lines.length > 0 ? [{ heading: 'Notices, the soonest first', lines: lineTexts(lines, zone, now) }] : []),
    { heading: 'What is asked of you', lines: asked(head.id, lines) },
    { heading: 'Now', lines: [when(at(platform), zone)] },
    { heading: 'Case', lines: [`${head.id}: ${head.title}`, link] },
  ];
  const subject = `${head.drill ? 'DRILL ' : ''}${title}`.replace(/[^\x20-\x7e]/g, '?').slice(0, 99);
  return { subject, drill: head.drill, sections: shown(sections), link };
}

function asked(incident: string, lines: readonly Line[]): string[] {
  return [
    ...(lines.length > 0
      ? [
          'send each notice, or record why it is not owed',
          `one has left: tourniquet facts ${incident} --sent law/notice=day --proof … --reason …`,
        ]
      : ['look whether this is right']),
    `see the facts and every date: tourniquet facts ${incident}`,
    ...(lines.some(({ marks }) => marks.includes('nobody sees to it'))
      ? [`say who sees to it: tourniquet facts ${incident} --owner regime/obligation=name@example.com --reason …`]
      : []),
  ];
}

const shown = (sections: Note['sections']) =>
  sections.map(({ heading, lines }) => ({ heading, lines: lines.map((line) => inert(line, 600)) }));
