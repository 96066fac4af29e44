import { readFile } from 'node:fs/promises';
import { type Settings, settings } from '../lambdas/core/settings.ts';

/** Settings that cannot be used; the message says what to change. */
export class InvalidSettings extends Error {
  override name = 'InvalidSettings';
}

/** Reads and checks a settings file. Throws InvalidSettings naming the file, each field, its value and what would be right. */
export async function readSettings(path: string): Promise<Settings> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new InvalidSettings(
      `${path} cannot be read (${error.code}); copy settings.example.json and pass -c settings=<file>`,
    );
  });
  let written: unknown;
  try {
    written = JSON.parse(text);
  } catch (error) {
    throw new InvalidSettings(`${path} is not JSON: ${(error as Error).message}`);
  }
  const checked = settings.safeParse(written);
  if (!checked.success) {
    const problems = checked.error.issues.map(
      ({ path: field, message }) =>
        `  ${field.join('.') || '(the whole file)'}: ${message}; it is ${shown(written, field)}`,
    );
    throw new InvalidSettings(`${path} does not hold usable settings:\n${problems.join('\n')}`);
  }
  refuseTwins(path, checked.data);
  return checked.data;
}

function refuseTwins(path: string, { accounts }: Settings): void {
  for (const field of ['id', 'alias'] as const) {
    const values = accounts.members.map((member) => member[field]);
    const twin = values.find((value, index) => values.indexOf(value) !== index);
    if (twin)
      throw new InvalidSettings(`${path}: two members have the ${field} ${twin}; each account stands there once`);
  }
}

function shown(written: unknown, field: PropertyKey[]): string {
  const value = field.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], written);
  return value === undefined ? 'missing' : (JSON.stringify(value) ?? 'nothing').slice(0, 100);
}
