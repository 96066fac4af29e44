import { Refused } from '../core/errors.ts';
import { hashOf, sha256 } from '../core/json.ts';
import { addressee, type BadRow, sameness, whereabouts } from '../core/recipient.ts';
import { keepObject, readObject } from '../platform/case-objects.ts';
import type { Platform } from '../platform/platform.ts';
import type { CheckCounts, CheckCursor, Checked, CheckOf } from './check.ts';
import { csvOf } from './csv.ts';
import { toldEarlier } from './earlier.ts';
import { type Index, index, namesOf, reportBad, type ShardLine, shardLine, writeLine } from './recipients.ts';

interface Sorted {
  email: ShardLine[];
  letter: ShardLine[];
  substitute: ShardLine[];
  none: ShardLine[];
  /** row, and the earlier row that it repeats */
  duplicates: [number, number][];
  already: ShardLine[];
  bad: BadRow[];
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
    already: some(before.already, await csv(names.already(shard), found.already.map(letter), letterHeader)),
  };
  await reportBad(platform, names.bad(at.slices + at.shard), found.bad);
  const done = shard === at.shards;
  await keepObject(platform, done ? names.last : names.index(shard), JSON.stringify(now), 'application/json');
  const counts = added(at.counts, found);
  const duplicates = at.duplicates + found.duplicates.length;
  if (done && counts.rows + duplicates !== at.people)
    throw new Refused(
      `${at.people} people were read from the recipients file, and ${counts.rows + duplicates} of them sorted: upload the file anew and draft the notice again. Nothing is sent.`,
    );
  return {
    done,
    cursor: done ? null : { ...at, shard, counts, duplicates },
    counts,
    hash: hashOf(now),
    duplicates,
    report: counts.bad > 0 ? `${names.set}/bad-rows/` : duplicates > 0 ? `${names.set}/duplicates/` : '',
  };
}

function fresh({ uploaded }: CheckOf, chain: string): Index {
  return { ...uploaded, chain, shards: [], letters: [], substitute: [], none: [], duplicates: [], already: [] };
}

async function indexAt(platform: Platform, name: string): Promise<Index> {
  return index.parse(JSON.parse((await readObject(platform, name)).bytes.toString()));
}

async function peopleOf(platform: Platform, of: CheckOf, at: CheckCursor & { step: 'sort' }): Promise<Sorted> {
  const names = namesOf(of, of.uploaded);
  const found: Sorted = { email: [], letter: [], substitute: [], none: [], duplicates: [], already: [], bad: [] };
  const told = await toldEarlier(platform, of, at);
  const seen = new Map<string, number>();
  const others = new Map<string, number>();
  for (let slice = 0; slice < at.slices; slice++) {
    const { bytes } = await readObject(platform, names.part(slice, at.shard));
    if (bytes.length === 0) continue;
    for (const line of bytes.toString().split('\n')) {
      const recipient = shardLine.parse(JSON.parse(line));
      const byEmail = recipient.route === 'email';
      const { row } = recipient;
      const [same, where] = [sameness(recipient), Object.values(whereabouts(recipient)).filter((w) => w !== undefined)];
      const marked = (email: boolean) => where.map((w) => `${email} ${w}`);
      const earlier = same === undefined ? undefined : seen.get(same);
      const contrary = marked(!byEmail).flatMap((mark) => others.get(mark) ?? [])[0];
      if (contrary !== undefined) found.bad.push(contradicts(row, contrary));
      else if (earlier !== undefined) found.duplicates.push([row, earlier]);
      else if (told.has(byEmail ? same : undefined) || (!byEmail && where.some((w) => told.has(w))))
        found.already.push(recipient);
      else found[recipient.route].push(recipient);
      for (const mark of marked(byEmail)) others.set(mark, others.get(mark) ?? row);
      if (same) seen.set(same, earlier ?? row);
    }
  }
  return found;
}

/** Whether this person agreed to e-mail is for people to say: neither row is right by itself. */
const contradicts = (row: number, other: number): BadRow => ({
  row,
  column: 'email_consent',
  problem: `names the same person as row ${other}, of which one is told by e-mail and the other is not`,
  right: 'one row for each person; where they are two people, names that differ',
  cell: '',
});

function added(before: CheckCounts, found: Sorted): CheckCounts {
  const { email, letter: letters, substitute: others, none, already, bad } = found;
  const rows = [email, letters, others, none, already, bad].reduce((sum, { length }) => sum + length, 0);
  return {
    rows: before.rows + rows,
    email: before.email + email.length,
    letters: before.letters + letters.length,
    substitute: before.substitute + others.length,
    none: before.none + none.length,
    already: before.already + already.length,
    bad: before.bad + bad.length,
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
