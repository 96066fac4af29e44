import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';

/** Above this an epoch is in milliseconds: as seconds it would be the year 5138, as milliseconds it is 1973. */
const millisecondsFrom = 1e11;
/** AWS has no findings from before 2001 (epoch 1e9); a smaller number is a count or an id, not a time. */
const earliestEpoch = 1e9;

/** RFC 1123 as AWS Health writes it: `Tue, 11 Nov 2025 10:00:00 GMT`. */
const rfc1123 = /^(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} (?:GMT|UTC|[+-]\d{4})$/;
/** Epoch seconds or milliseconds, perhaps with a fraction. */
const epoch = /^\d{10,16}(?:\.\d+)?$/;
/** ISO 8601 with `T` or a space, up to nine decimals, with or without an offset; without one it is UTC. */
const iso = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?) ?(Z|z|UTC|[+-]\d{2}(?::?\d{2})?)?$/;

/**
 * What any product writes for an instant, as ISO 8601 UTC text with milliseconds (`2026-11-22T01:02:03.004Z`), so that texts
 * compare as instants do. Undefined for what is no time.
 */
export function instantOf(value: string | number): string | undefined {
  try {
    const instant = typeof value === 'number' ? fromEpoch(value) : fromText(value.trim());
    if (instant === undefined) return undefined;
    const text = instant.toString({ fractionalSecondDigits: 3 });
    return /^\d{4}-/.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

function fromEpoch(value: number): Temporal.Instant | undefined {
  if (!Number.isFinite(value) || value < earliestEpoch) return undefined;
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(value >= millisecondsFrom ? value : value * 1000));
}

function fromText(text: string): Temporal.Instant | undefined {
  if (epoch.test(text)) return fromEpoch(Number(text));
  if (rfc1123.test(text)) return Temporal.Instant.fromEpochMilliseconds(Date.parse(text));
  const [matched, date, time, offset = 'Z'] = iso.exec(text) ?? [];
  return matched === undefined
    ? undefined
    : Temporal.Instant.from(`${date}T${time}${offset === 'UTC' ? 'Z' : offset.toUpperCase()}`);
}

const expected = 'expected a time: ISO 8601, RFC 1123, or an epoch in seconds or milliseconds';

/** A time field that a product leaves empty when there is no time to tell. */
export const timeIfAny = z.preprocess((value) => (value === '' ? undefined : value), z.lazy(() => time).optional());

/** A time field of any product, read into ISO 8601 UTC text. */
export const time = z.union([z.string(), z.number()], expected).transform((value, context) => {
  const instant = instantOf(value);
  if (instant !== undefined) return instant;
  context.addIssue({ code: 'custom', message: expected });
  return z.NEVER;
});
