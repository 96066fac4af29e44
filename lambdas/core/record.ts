import { z } from 'zod';
import { UnreadableRecord } from './errors.ts';

type Upgrade = (older: Record<string, unknown>) => Record<string, unknown>;

/** One kind of stored record: writes its version, upgrades older ones on read, refuses newer ones (DESIGN §4). */
export interface RecordType<T> {
  write(value: T): T & { schemaVersion: number };
  /** Throws UnreadableRecord naming the record, the version found and the newest that this code reads. */
  read(stored: unknown): T;
}

const versioned = z.looseObject({ schemaVersion: z.int().positive() });

/** `upgrades[n]` turns version n into version n + 1. */
export function recordType<T>(
  name: string,
  version: number,
  schema: z.ZodType<T>,
  upgrades: Record<number, Upgrade> = {},
): RecordType<T> {
  return {
    write: (value) => ({ ...schema.parse(value), schemaVersion: version }),
    read: (stored) => {
      const record = versioned.safeParse(stored);
      if (!record.success) throw new UnreadableRecord(`${name}: no schemaVersion, so not a record of Tourniquet`);
      let { schemaVersion, ...rest } = record.data as { schemaVersion: number } & Record<string, unknown>;
      if (schemaVersion > version)
        throw new UnreadableRecord(
          `${name}: version ${schemaVersion} is newer than ${version}, the newest that this release reads; deploy the release that wrote it`,
        );
      for (; schemaVersion < version; schemaVersion++) {
        const upgrade = upgrades[schemaVersion];
        if (!upgrade) throw new UnreadableRecord(`${name}: no way from version ${schemaVersion} to ${version}`);
        rest = upgrade(rest);
      }
      const read = schema.safeParse(rest);
      if (!read.success) throw new UnreadableRecord(`${name}: ${z.prettifyError(read.error)}`);
      return read.data;
    },
  };
}
