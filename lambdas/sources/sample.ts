import { isObject } from './shape.ts';

/** The console puts `[SAMPLE]` before the title; in the JSON it is often absent. Only at the start: the rest may quote a name. */
export function isSampleTitle(title: string): boolean {
  return title.startsWith('[SAMPLE]');
}

/** Whether GuardDuty's `additionalInfo.value`, a JSON text (`"{\"sample\":true}"`), says so. */
export function saysSample(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  try {
    const info: unknown = JSON.parse(value);
    return isObject(info) && (info.sample === true || info.sample === 'true');
  } catch {
    return false;
  }
}
