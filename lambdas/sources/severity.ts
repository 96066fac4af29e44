import { z } from 'zod';
import { type Severity, severity } from '../core/finding.ts';
import { numeric } from './shape.ts';

/**
 * GuardDuty's number on the one scale: Low 1–3.9, Medium 4–6.9, High 7–8.9, Critical 9–10.
 * Source: GuardDuty User Guide, "Severity levels of GuardDuty findings".
 */
export function ofGuardDuty(number: number): Severity {
  if (number >= 9) return 'critical';
  if (number >= 7) return 'high';
  if (number >= 4) return 'medium';
  return number > 0 ? 'low' : 'informational';
}

/** GuardDuty's severity as a number, or as text where a table export made it one. */
export const guardDutyNumber = numeric.pipe(z.number().min(0).max(10));

/** The ASFF's `Severity.Label`. */
export const asffLabel = z
  .enum(['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'])
  .transform((label) => severity.parse(label.toLowerCase()));

/**
 * Macie's score and word; where they contradict each other, the higher counts. Undefined when neither says anything.
 * Source: Macie User Guide, "Severity scoring": 1 Low, 2 Medium, 3 High.
 */
export function ofMacie(score: number | undefined, word: string | undefined): Severity | undefined {
  const scored = (['low', 'medium', 'high'] as const)[(score ?? 0) - 1];
  return higher(scored, severity.safeParse(word?.toLowerCase()).data);
}

/** OCSF `severity_id`: 1 informational … 5 critical, 6 fatal; 0 unknown and 99 other say nothing. */
const byOcsfId: Record<number, Severity | undefined> = {
  1: 'informational',
  2: 'low',
  3: 'medium',
  4: 'high',
  5: 'critical',
  6: 'critical',
};

/** OCSF says it twice; where number and word contradict each other, the higher counts. Undefined when neither says anything. */
export function ofOcsf(id: number | undefined, word: string | undefined): Severity | undefined {
  const lower = word?.toLowerCase();
  const worded = lower === 'fatal' ? 'critical' : severity.safeParse(lower).data;
  return higher(id === undefined ? undefined : byOcsfId[id], worded);
}

function higher(...said: (Severity | undefined)[]): Severity | undefined {
  return [...severity.options].reverse().find((level) => said.includes(level));
}
