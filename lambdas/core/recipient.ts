import { z } from 'zod';

/*
 * One row of the recipients file: one person who is owed a notice. The file is CSV in UTF-8 with commas and a header; the number of a
 * row is what a spreadsheet shows beside it, so the header is row 1 and the first person row 2. Nothing here is ever logged.
 */

/** How a column is read. `longest` in characters. */
interface Column {
  required: boolean;
  longest: number;
  says: string;
}

/** The columns, in any order. `required`: the column must be there; its cell may still be empty, except a name. */
export const columns = {
  name: { required: true, longest: 500, says: 'the person whose data it is, as on a letter' },
  email: { required: true, longest: 254, says: 'one address, or empty' },
  email_consent: { required: true, longest: 20, says: 'yes where the person agreed to e-mail, else no' },
  address_line1: { required: true, longest: 200, says: 'street and number, or PO box' },
  address_line2: { required: false, longest: 200, says: 'unit, or empty' },
  city: { required: true, longest: 100, says: 'city' },
  state: { required: true, longest: 100, says: 'two-letter postal code in the US, else as the country writes it' },
  zip: { required: true, longest: 20, says: '12345 or 12345-6789 in the US, else as the country writes it' },
  country: { required: false, longest: 20, says: 'two-letter code; empty is US' },
  phone: { required: false, longest: 40, says: 'for substitute notice to fewer than ten people' },
  language: { required: false, longest: 35, says: 'language tag; empty is en' },
  deceased: { required: false, longest: 20, says: 'yes or no; empty is no' },
  representative: {
    required: false,
    longest: 500,
    says: 'next of kin or personal representative (a parent of a minor); the address is then theirs',
  },
} as const satisfies Record<string, Column>;

export type ColumnName = keyof typeof columns;
export const columnNames = Object.keys(columns) as ColumnName[];

/**
 * `email`: the individual agreed to it (45 CFR 164.404(d)(1)(i)). `letter`: first-class mail. `substitute`: contact is insufficient
 * (164.404(d)(2)). `none`: next of kin of a deceased person whose address is not known, where none is needed (164.404(d)(2)).
 */
export type Route = 'email' | 'letter' | 'substitute' | 'none';

export type Cells = Record<ColumnName, string>;

/** A row that can be acted on. `otherwise`: what is left when an e-mail does not reach the person. */
export interface Recipient extends Cells {
  row: number;
  route: Route;
  otherwise: Exclude<Route, 'email'>;
  why: string;
}

/** What is wrong in one row. `cell` is the content: for the report in the case bucket and nowhere else. */
export interface BadRow {
  row: number;
  column: string;
  problem: string;
  right: string;
  cell: string;
}

const states = new Set(
  (
    'AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC ' +
    'SD TN TX UT VT VA WA WV WI WY AS FM GU MH MP PR PW VI AA AE AP'
  ).split(' '),
);

/** Control and invisible characters and line separators: each can forge what a reader sees, or make two of one name. */
const control = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffd]/u;

/** SES takes no SMTPUTF8: seven-bit local parts, and domains in Punycode (SES API reference, BulkEmailEntry). */
const address = z.email().max(254);

type Wrong = Pick<BadRow, 'column' | 'problem' | 'right'>;

/** Reads one row: what is wrong with it, or who gets the notice how. Cells are trimmed; nothing else is changed. */
export function readRow(row: number, given: Partial<Record<ColumnName, string>>): Recipient | BadRow {
  const cells = Object.fromEntries(columnNames.map((name) => [name, (given[name] ?? '').trim()])) as Cells;
  const wrong = wrongCell(given) ?? wrongValue(cells);
  if (wrong) return { row, ...wrong, cell: given[wrong.column as ColumnName] ?? '' };
  const full = { ...cells, country: cells.country.toUpperCase() || 'US', language: cells.language || 'en' };
  return { row, ...full, ...routeOf(full) };
}

export function isBad(read: Recipient | BadRow): read is BadRow {
  return 'problem' in read;
}

function wrongCell(given: Partial<Record<ColumnName, string>>): Wrong | undefined {
  for (const column of columnNames) {
    const cell = given[column] ?? '';
    const { longest, says } = columns[column];
    if (control.test(cell))
      return {
        column,
        problem: 'holds a control character, an invisible character or a line break',
        right: 'plain text on one line',
      };
    if (/[<>{}]/.test(cell)) return { column, problem: 'holds one of < > { }', right: says };
    if ([...cell.trim()].length > longest)
      return { column, problem: `is longer than ${longest} characters`, right: says };
  }
  return undefined;
}

function wrongValue(cells: Cells): Wrong | undefined {
  const wrong = (column: ColumnName, problem: string): Wrong => ({ column, problem, right: columns[column].says });
  if (!cells.name) return wrong('name', 'is empty');
  if (!/^(yes|no)$/i.test(cells.email_consent)) return wrong('email_consent', 'is neither yes nor no');
  if (!/^(yes|no)?$/i.test(cells.deceased)) return wrong('deceased', 'is neither yes nor no');
  if (agreed(cells) && cells.email && !address.safeParse(cells.email).success)
    return wrong('email', 'is no e-mail address in ASCII');
  if (!/^([a-z]{2})?$/i.test(cells.country)) return wrong('country', 'is no two-letter country code');
  if (!/^([a-z]{2,3}(-[a-z0-9]{2,8})*)?$/i.test(cells.language)) return wrong('language', 'is no language tag');
  if (!inUs(cells)) return undefined;
  if (cells.state && !states.has(cells.state.toUpperCase()))
    return wrong('state', 'is no postal code of a State, DC or a territory');
  if (cells.zip && !/^\d{5}(-\d{4})?$/.test(cells.zip)) return wrong('zip', 'is no US ZIP code');
  return undefined;
}

const agreed = (cells: Cells) => cells.email_consent.toLowerCase() === 'yes';
const died = (cells: Cells) => cells.deceased.toLowerCase() === 'yes';
const inUs = (cells: Cells) => ['', 'US'].includes(cells.country.toUpperCase());

/** Columns that a letter needs and that are empty. */
function lacking(cells: Cells): ColumnName[] {
  const needed: ColumnName[] = ['address_line1', 'city', ...(inUs(cells) ? (['state', 'zip'] as const) : [])];
  return needed.filter((column) => !cells[column]);
}

/** 45 CFR 164.404(d): see `Route`. A deceased person is never e-mailed: the notice goes to the next of kin by first-class mail. */
export function routeOf(cells: Cells): Pick<Recipient, 'route' | 'otherwise' | 'why'> {
  const missing = lacking(cells);
  if (died(cells)) {
    const absent = [...(cells.representative ? [] : ['representative']), ...missing];
    return absent.length === 0
      ? { route: 'letter', otherwise: 'none', why: 'deceased: to next of kin or personal representative' }
      : { route: 'none', otherwise: 'none', why: `deceased, and not known of next of kin: ${absent.join(', ')}` };
  }
  const otherwise = missing.length === 0 ? 'letter' : 'substitute';
  if (agreed(cells) && cells.email) return { route: 'email', otherwise, why: 'agreed to e-mail' };
  const why = agreed(cells) ? 'no e-mail address' : 'has not agreed to e-mail';
  if (otherwise === 'letter') return { route: 'letter', otherwise: 'substitute', why };
  return { route: 'substitute', otherwise: 'none', why: `${why}; no ${missing.join(', ')}` };
}

/** To whom it is written: the representative, where there is one. */
export function addressee(cells: Pick<Cells, 'name' | 'representative'>): string {
  return cells.representative || cells.name;
}

const folded = (text: string) => text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ');

/** Rows that name the same person have this in common, however each is to be told. */
export function whoOf({ name, representative }: Pick<Cells, 'name' | 'representative'>): string[] {
  return [folded(name), folded(representative)];
}

/** By what a person of one name is known: the e-mail address, and the address of the post where it is whole. */
export interface Whereabouts {
  email: string | undefined;
  post: string | undefined;
}

export function whereabouts(cells: Cells): Whereabouts {
  const { email, address_line1, address_line2, city, state, zip, country } = cells;
  const at = (kind: string, ...where: string[]) => JSON.stringify([kind, ...whoOf(cells), ...where.map(folded)]);
  return {
    email: email ? at('email', email) : undefined,
    post:
      lacking(cells).length === 0 ? at('letter', address_line1, address_line2, city, state, zip, country) : undefined,
  };
}

/**
 * What makes two rows the same notice to the same person: name and where it goes. A shared address with two names is two people, each owed
 * a notice; a name without an address may be anybody's, so substitute rows are never the same. Undefined: like no other row.
 */
export function sameness(recipient: Recipient): string | undefined {
  if (recipient.route === 'email') return whereabouts(recipient).email;
  return recipient.route === 'letter' ? whereabouts(recipient).post : undefined;
}

/** The e-mail address as the keyed hash of a ledger entry covers it. */
export function normalEmail(email: string): string {
  return email.trim().toLowerCase();
}

/**
 * Which columns a header names, by position. Problems name positions and our own columns, never what the cell holds: a file without header
 * has a person there.
 */
export function readHeader(cells: string[]): { order: ColumnName[] } | { problem: string } {
  const named = cells.map((cell) => cell.trim().toLowerCase().replaceAll(/[ -]/g, '_'));
  const missing = columnNames.filter((name) => columns[name].required && !named.includes(name));
  const only = named[0] ?? '';
  const other = [...';\t|'].find((delimiter) => named.length === 1 && only.includes(delimiter));
  if (other)
    return {
      problem: `row 1: the columns are separated by ${other === '\t' ? 'tabs' : `"${other}"`}; save the file with commas`,
    };
  if (missing.length > 0)
    return { problem: `row 1: the column ${missing.join(', ')} is missing; the columns are ${columnNames.join(', ')}` };
  const unknown = named.findIndex((name) => !(columnNames as string[]).includes(name));
  if (unknown >= 0)
    return {
      problem: `row 1: column ${unknown + 1} has a name that is not known; the columns are ${columnNames.join(', ')}`,
    };
  const twice = named.findIndex((name, at) => named.indexOf(name) !== at);
  if (twice >= 0) return { problem: `row 1: column ${twice + 1} (${named[twice]}) is there twice` };
  return { order: named as ColumnName[] };
}

/** How substitute notice is given, by how many people it concerns: 45 CFR 164.404(d)(2)(i) and (ii). */
export function substituteNotice(people: number): string {
  if (people === 0) return 'No substitute notice is needed.';
  if (people < 10)
    return `${people} ${people === 1 ? 'person has' : 'people have'} insufficient contact information: tell each by another form of written notice, by telephone or by other means (45 CFR 164.404(d)(2)(i)).`;
  return `${people} people have insufficient contact information: post the notice conspicuously on the home page for 90 days, or give it in major print or broadcast media where they likely live, with a toll-free number that answers for at least 90 days (45 CFR 164.404(d)(2)(ii)).`;
}
