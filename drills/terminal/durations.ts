import { Temporal } from 'temporal-polyfill';

const milliseconds = (from: string, to: string) =>
  Temporal.Instant.from(to).epochMilliseconds - Temporal.Instant.from(from).epochMilliseconds;

/** Drill time since an instant: `+00:02.4`, from an hour on `+1:02:03`, from two days on `+9d 14h`. */
export function elapsed(from: string, to: string): string {
  const tenths = Math.floor(Math.max(0, milliseconds(from, to)) / 100);
  const [seconds, minutes, hours] = [
    Math.floor(tenths / 10) % 60,
    Math.floor(tenths / 600) % 60,
    Math.floor(tenths / 36_000),
  ];
  if (hours >= 48) return `+${Math.floor(hours / 24)}d ${String(hours % 24).padStart(2, '0')}h`;
  const two = (n: number) => String(n).padStart(2, '0');
  return hours > 0 ? `+${hours}:${two(minutes)}:${two(seconds)}` : `+${two(minutes)}:${two(seconds)}.${tenths % 10}`;
}

/** A duration as a person says it: `2.1 s`, `46 s`, `3 min 33 s`, `2 h 5 min`. */
export function spoken(from: string, to: string): string {
  const total = milliseconds(from, to);
  if (total < 10_000) return `${(total / 1000).toFixed(1)} s`;
  const seconds = Math.round(total / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `02:06:32` in UTC. */
export function utcTime(instant: string): string {
  return Temporal.Instant.from(instant).toZonedDateTimeISO('UTC').toPlainTime().toString({ smallestUnit: 'second' });
}

/** Whole days from an instant, as the calendar of the zone counts them, to a date. */
export function daysLeft(now: Temporal.Instant, due: string, zone: string): number {
  return now.toZonedDateTimeISO(zone).toPlainDate().until(Temporal.PlainDate.from(due), { largestUnit: 'day' }).days;
}
