import type { Event } from '@aws-sdk/client-cloudtrail';
import { Temporal } from 'temporal-polyfill';
import type { Collected, Collector } from '../../platform/action.ts';
import { type Doors, doorsIn, unique } from './doors.ts';
import { type Found, lookup, type Period } from './lookup.ts';
import { regionsOf } from './regions.ts';
import { trailNotes } from './trails.ts';

/** Less than the limit in the manifest, so that what was found comes home. */
const budgetSeconds = 90;
/** CloudTrail shows an event within about 15 minutes of the call (CloudTrail user guide, "CloudTrail event history"). */
const lagMinutes = 15;
const keptDays = 90;
const followLimit = 20;

function periodOf(since: Temporal.Instant, now: Temporal.Instant): Period {
  const oldest = now.subtract({ hours: 24 * keptDays });
  const from = Temporal.Instant.compare(since, oldest) < 0 ? oldest : since;
  return { from, to: now, end: now.add({ seconds: budgetSeconds }) };
}

function jsonLines(events: readonly Event[]): Uint8Array {
  const line = (event: Event) => `${(event.CloudTrailEvent ?? JSON.stringify(event)).replaceAll(/[\r\n]+/g, ' ')}\n`;
  return new TextEncoder().encode(events.map(line).join(''));
}

function summary(key: string, found: Found[], doors: Doors): string {
  const events = found.flatMap((f) => f.events);
  const failed = events.filter((e) => /"errorCode"\s*:\s*"/.test(e.CloudTrailEvent ?? '')).length;
  const kinds = [
    `${events.length} events of ${key} and the ${doors.minted.length} sessions minted with it, ${failed} of them refused.`,
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

const collector: Collector = {
  async collect(target, member, since): Promise<Collected> {
    const now = member.now();
    const period = periodOf(since, now);
    const { regions, gap } = await regionsOf(member);
    const own = await lookup(member, regions, target.id, period);
    const first = doorsIn(own.events, target);
    const followed: Found[] = [];
    for (const session of first.minted.slice(0, followLimit))
      followed.push(await lookup(member, regions, session, period));
    const further = followed.map((f) => doorsIn(f.events, target));
    const doors = merged(first, further);
    const found = [own, ...followed];
    const known = now.subtract({ minutes: lagMinutes });
    const tooEarly = Temporal.Instant.compare(period.from, known) >= 0;
    const unfollowed = first.minted.length - followed.length + new Set(further.flatMap((d) => d.minted)).size;
    const gaps = [
      gap,
      ...found.flatMap((f) => f.cut).map((what) => `not fetched: ${what}`),
      unfollowed > 0 &&
        `${unfollowed} sessions minted by these sessions, or beyond the first ${followLimit}, are not followed`,
      doors.unreadable > 0 &&
        `${doors.unreadable} events or names in them could not be read: look at the evidence itself`,
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
    return {
      body: jsonLines(found.flatMap((f) => f.events)),
      contentType: 'application/jsonl',
      summary: summary(target.id, found, doors),
      coverage: {
        // never complete: the last minutes are missing from every pass, and a later one fills them
        level: 'partial',
        notes: [...gaps, ...remarks],
        from: period.from.toString(),
        to: (tooEarly ? period.from : known).toString(),
      },
      footholds: doors.footholds,
    };
  },
};
export default collector;
