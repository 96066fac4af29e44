import { hashOf, sha256 } from '../core/json.ts';
import { addressee } from '../core/recipient.ts';
import { keepObject, readObject } from '../platform/case-objects.ts';
import type { Platform } from '../platform/platform.ts';
import type { CheckCounts, CheckCursor, Checked, CheckOf } from './check.ts';
import { csvOf } from './csv.ts';
import { type Index, index, namesOf, partLine, type ShardLine, writeLine } from './recipients.ts';

interface Sorted {
  email: ShardLine[];
  letter: ShardLine[];
  substitute: ShardLine[];
  none: ShardLine[];
  /** row, and the earlier row that it repeats */
  duplicates: [number, number][];
}

/**
 * One shard of the rows that were read: a person's rows all come to the same shard (by keyed hash), so that the same person twice is found
 * without holding the file. Writes what is to be sent, posted and told otherwise, and adds it to the index.
 */
export async function sorted(platform: Platform, of: CheckOf, at: CheckCursor & { step: 'sort' }): Promise<Checked> {
  const found = await peopleOf(platform, of, at);
  const names = namesOf(of, of.uploaded);
  const shard = at.shard + 1;
  const before = at.shard === 0 ? fresh(of, at.chain) : await indexAt(platform, names.index(at.shard));
  const put = async (object: string, rows: number, body: () => string, type: string) => {
    const text = rows === 0 ? '' : body();
    if (rows > 0) await keepObject(platform, object, text, type);
    return { object, rows, sha256: sha256(text) };
  };
  const csv = (object: string, rows: (string | number)[][], header: readonly string[]) =>
    put(object, rows.length, () => csvOf(header, rows), 'text/csv');
  const lines = () => found.email.map((line) => JSON.stringify(writeLine(line))).join('\n');
  const some = <T extends { rows: number }>(list: T[], one: T) => (one.rows === 0 ? list : [...list, one]);
  const now: Index = {
    ...before,
    shards: [...before.shards, await put(names.shard(shard), found.email.length, lines, 'application/x-ndjson')],
    letters: some(before.letters, await csv(names.letters(shard), found.letter.map(letter), letterHeader)),
    substitute: some(
      before.substitute,
      await csv(names.substitute(shard), found.substitute.map(substitute), substituteHeader),
    ),
    none: some(before.none, await csv(names.none(shard), found.none.map(substitute), substituteHeader)),
    duplicates: some(before.duplicates, await csv(names.duplicates(shard), found.duplicates, ['row', 'repeats row'])),
  };
  const done = shard === at.shards;
  await keepObject(platform, done ? names.last : names.index(shard), JSON.stringify(now), 'application/json');
  const counts = added(at.counts, found);
  const duplicates = at.duplicates + found.duplicates.length;
  return {
    done,
    cursor: done ? null : { ...at, shard, counts, duplicates },
    counts,
    hash: hashOf(now),
    duplicates,
    report: duplicates > 0 ? `${names.set}/duplicates/` : '',
  };
}

function fresh({ uploaded }: CheckOf, chain: string): Index {
  return { ...uploaded, chain, shards: [], letters: [], substitute: [], none: [], duplicates: [] };
}

async function indexAt(platform: Platform, name: string): Promise<Index> {
  return index.parse(JSON.parse((await readObject(platform, name)).bytes.toString()));
}

async function peopleOf(platform: Platform, of: CheckOf, at: CheckCursor & { step: 'sort' }): Promise<Sorted> {
  const names = namesOf(of, of.uploaded);
  const found: Sorted = { email: [], letter: [], substitute: [], none: [], duplicates: [] };
  const seen = new Map<string, number>();
  for (let slice = 0; slice < at.slices; slice++) {
    const { bytes } = await readObject(platform, names.part(slice, at.shard));
    if (bytes.length === 0) continue;
    for (const line of bytes.toString().split('\n')) {
      const { person, recipient } = partLine.parse(JSON.parse(line));
      const earlier = seen.get(person);
      if (earlier === undefined) {
        seen.set(person, recipient.row);
        found[recipient.route].push(recipient);
      } else found.duplicates.push([recipient.row, earlier]);
    }
  }
  return found;
}

function added(before: CheckCounts, { email, letter: letters, substitute: others, none }: Sorted): CheckCounts {
  const rows = email.length + letters.length + others.length + none.length;
  return {
    rows: before.rows + rows,
    email: before.email + email.length,
    letters: before.letters + letters.length,
    substitute: before.substitute + others.length,
    none: before.none + none.length,
    bad: 0,
  };
}

/** Columns of the mail-merge file. `regarding`: whose data it is, where that is not whom the letter is written to. */
export const letterHeader = 'row addressee regarding address_line1 address_line2 city state zip country language'.split(
  ' ',
);

export function letter(line: ShardLine): (string | number)[] {
  const to = addressee(line);
  const { row, name, address_line1, address_line2, city, state, zip, country, language } = line;
  return [row, to, to === name ? '' : name, address_line1, address_line2, city, state, zip, country, language];
}

export const substituteHeader = ['row', 'name', 'representative', 'phone', 'why'];

export function substitute({ row, name, representative, phone, why }: ShardLine): (string | number)[] {
  return [row, name, representative, phone, why];
}
