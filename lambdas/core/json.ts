import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export const json: z.ZodType<Json> = z.json() as z.ZodType<Json>;

/** The text that every hash covers: RFC 8785 canonical JSON. Throws TypeError for what JSON cannot hold (undefined, NaN, functions). */
export function canonical(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('only JSON values have a canonical form');
  return text;
}

/** Lower-case hex SHA-256 of bytes or UTF-8 text. */
export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Lower-case hex SHA-256 over canonical JSON. */
export function hashOf(value: unknown): string {
  return sha256(canonical(value));
}
