import type { Event } from '@aws-sdk/client-cloudtrail';
import { Temporal } from 'temporal-polyfill';
import type { Target } from '../core/target.ts';
import type { Collected, Member } from './action.ts';
import { type Doors, doorsIn, unique } from './doors.ts';
import { type Found, lookup, type Period, type Sought } from './event-history.ts';
import { regionsOf } from './regions.ts';
import { trailNotes } from './trail-notes.ts';

/** Less than the limit in the manifests, so that what was found comes home. */
const budgetSeconds = 90;
/** CloudTrail shows an event within about 15 minutes of the call (CloudTrail user guide, "CloudTrail event history"). */
const lagMinutes = 15;
const keptDays = 90;
const followLimit = 20;

/** How the event history finds what somebody did. */
export interface Whose extends Sought {
  /** as the summary names it */
  name: string;
  /** false for an event of somebody else that goes by the same name */
  isTheirs(event: Event): boolean;
}

function periodOf(since: Temporal.Instant, now: Temporal.Instant): Period {
  const oldest = now.subtract({ hours: 24 * keptDays });
  const from = Temporal.Instant.compare(since, oldest) < 0 ? oldest : since;
  return { from, to: now, end: now.add({ seconds: budgetSeconds }) };
}

function jsonLines(events: readonly Event[]): Uint8Array {
  const line = (event: Event) => `${(event.CloudTrailEvent ?? JSON.stringify(event)).replaceAll(/[\r\n]+/g, ' ')}\n`;
  return new TextEncoder().encode(events.map(line).join(''));
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

function summary(name: string, events: readonly Event[], doors: Doors): string {
  if (events.length === 0) return `No events of ${name}.`;
  const failed = events.filter((e) => /"errorCode"\s*:\s*"/.test(e.CloudTrailEvent ?? '')).length;
  const sessions = doors.minted.length > 0 ? ` and of ${counted(doors.minted.length, 'session')} minted with it` : '';
  const kinds = [
    `${counted(events.length, 'event')} of ${name}${sessions}, ${failed} refused.`,
    doors.footholds.length > 0 && `Further doors: ${doors.footholds.map((f) => f.target.id).join(', ')}.`,
    doors.outOfReach.length > 0 && `Out of reach from here, in other accounts: ${doors.outOfReach.join(', ')}.`,
    doors.mentions.length > 0 && `Also: ${doors.mentions.join(', ')}.`,
  ];
  return kinds.filter((kind) => kind !== false).join(' ');
}

function merged(own: Doors, further: Doors[]): Doors {
  const all = [own, ...further];
  return {
    footholds: unique(all.flatMap((d) => d.footholds)),
    minted: own.minted,
    outOfReach: [...new Set(all.flatMap((d) => d.outOfReach))],
    mentions: [...new Set(all.flatMap((d) => d.mentions))],
    unreadable: all.reduce((sum, d) => sum + d.unreadable, 0),
  };
}

/** A session may go by the name of who minted it, and is then found twice. */
function once(found: Found[]): Found[] {
  const seen = new Set<string>();
  const fresh = ({ EventId }: Event) => EventId === undefined || (!seen.has(EventId) && seen.add(EventId).size > 0);
  return found.map((one) => ({ ...one, events: one.events.filter(fresh) }));
}

/**
 * What a key or principal did since then, from the event history of every enabled Region, and what the sessions minted with it did.
 * Never complete: the last minutes are missing from every pass, and a later one fills them.
 */
export async function activityOf(
  target: Target,
  member: Member,
  since: Temporal.Instant,
  whose: Whose,
): Promise<Collected> {
  const now = member.now();
  const period = periodOf(since, now);
  const { regions, gap } = await regionsOf(member);
  const listed = await lookup(member, regions, whose, period);
  const own = { ...listed, events: listed.events.filter(whose.isTheirs) };
  const { minted } = doorsIn(own.events, target);
  const followed: Found[] = [];
  for (const value of minted.slice(0, followLimit))
    followed.push(await lookup(member, regions, { attribute: 'AccessKeyId', value }, period));
  const found = once([own, ...followed]);
  const [first, ...further] = found.map((f) => doorsIn(f.events, target));
  const doors = merged(first ?? doorsIn([], target), further);
  const known = now.subtract({ minutes: lagMinutes });
  const tooEarly = Temporal.Instant.compare(period.from, known) >= 0;
  const unfollowed = minted.length - followed.length + new Set(further.flatMap((d) => d.minted)).size;
  const namesakes = listed.events.length - own.events.length;
  const gaps = [
    gap,
    ...found.flatMap((f) => f.cut).map((what) => `not fetched: ${what}`),
    unfollowed > 0 &&
      `${unfollowed} sessions minted by these sessions, or beyond the first ${followLimit}, are not followed`,
    doors.unreadable > 0 &&
      `${doors.unreadable} events or names in them could not be read: look at the evidence itself`,
    namesakes > 0 && `left out, of others who go by the same name: ${counted(namesakes, 'event')}`,
    Temporal.Instant.compare(since, period.from) < 0 &&
      `events are kept ${keptDays} days: nothing before ${period.from}`,
    tooEarly
      ? 'too early: CloudTrail has not had the time to show anything'
      : `events after ${known} may still be missing: CloudTrail lags up to ${lagMinutes} minutes`,
  ].filter((what): what is string => typeof what === 'string');
  const remarks = [
    `Regions ${regions.join(', ')}; ${found.reduce((sum, f) => sum + f.pages, 0)} pages; management events only`,
    ...(await trailNotes(member)),
  ];
  const events = found.flatMap((f) => f.events);
  return {
    body: jsonLines(events),
    contentType: 'application/jsonl',
    summary: summary(whose.name, events, doors),
    coverage: {
      level: 'partial',
      notes: [...gaps, ...remarks],
      from: period.from.toString(),
      to: (tooEarly ? period.from : known).toString(),
    },
    footholds: doors.footholds,
  };
}
