import type { Json } from '../core/json.ts';
import { isAnswer } from './aws-error.ts';

/** A part of a resource's configuration, or the name of the error with which AWS refused it. */
export type Part = { value: Json } | { error: string };

/** One part of the configuration as AWS answers it. Throws what is no answer of AWS: that is a fault of ours. */
export async function part(answer: Promise<unknown>): Promise<Part> {
  try {
    return { value: JSON.parse(JSON.stringify((await answer) ?? null)) as Json };
  } catch (error) {
    if (!isAnswer(error)) throw error;
    return { error: error.name };
  }
}

/** What could not be read, one sentence each. */
export const unread = (parts: Record<string, Part>): string[] =>
  Object.entries(parts).flatMap(([name, one]) => ('error' in one ? [`${name} could not be read: ${one.error}`] : []));
