import { z } from 'zod';
import { ContainmentPaused } from '../core/errors.ts';
import type { Platform } from './platform.ts';
import { keys, records } from './records.ts';
import { Table } from './table.ts';

const pauseValue = z.strictObject({ paused: z.boolean() });

/** The operator's pause of all containment, or undefined. Read from the table before every change, so it holds within seconds. */
export async function pause(platform: Platform): Promise<{ by: string; at: string; reason: string } | undefined> {
  const item = await new Table(platform).get(keys.setting('pause'));
  if (!item) return undefined;
  const { value, by, at, reason } = records.setting.read(item.record);
  return pauseValue.parse(value).paused ? { by, at, reason } : undefined;
}

/** Throws ContainmentPaused naming who paused, when and why. */
export async function requireUnpaused(platform: Platform): Promise<void> {
  const paused = await pause(platform);
  if (paused) throw new ContainmentPaused(`paused by ${paused.by} at ${paused.at}: ${paused.reason}`);
}
