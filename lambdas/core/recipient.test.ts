import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ColumnName, isBad, readHeader, readRow, sameness, substituteNotice } from './recipient.ts';

const jane: Partial<Record<ColumnName, string>> = {
  name: 'Jane Doe',
  email: 'jane@example.com',
  email_consent: 'yes',
  address_line1: '1 Main St',
  city: 'Albany',
  state: 'NY',
  zip: '12207',
};
const read = (changes: Partial<Record<ColumnName, string>> = {}) => readRow(7, { ...jane, ...changes });
const routed = (changes: Partial<Record<ColumnName, string>>) => {
  const found = read(changes);
  return isBad(found) ? `bad ${found.column}` : `${found.route}, else ${found.otherwise}`;
};

describe('how a person is told', () => {
  it.each<[string, Partial<Record<ColumnName, string>>, string]>([
    ['by e-mail, who agreed to it', {}, 'email, else letter'],
    ['by e-mail, who agreed and has no address', { zip: '' }, 'email, else substitute'],
    [
      'by letter, who has not agreed, whatever e-mail address there is',
      { email_consent: 'no' },
      'letter, else substitute',
    ],
    ['by letter, who agreed and gave no e-mail address', { email: '' }, 'letter, else substitute'],
    ['by substitute notice, whose address lacks a part', { email_consent: 'no', city: '' }, 'substitute, else none'],
    [
      'by letter abroad, where there is no State or ZIP',
      { email_consent: 'NO', country: 'de', state: '', zip: '' },
      'letter, else substitute',
    ],
    ['never by e-mail, when deceased', { deceased: 'yes', representative: 'John Doe' }, 'letter, else none'],
    ['not at all, when next of kin is not known', { deceased: 'yes' }, 'none, else none'],
    [
      'not at all, when the address of next of kin is not known',
      { deceased: 'yes', representative: 'J', zip: '' },
      'none, else none',
    ],
  ])('%s', (_, changes, expected) => {
    expect(routed(changes)).toBe(expected);
  });

  it.each<[number, RegExp]>([
    [0, /^No substitute/],
    [1, /^1 person has .* by telephone/],
    [9, /by telephone or by other means/],
    [10, /90 days.*toll-free/],
  ])('substitute notice to %i people', (people, words) => {
    expect(substituteNotice(people)).toMatch(words);
  });
});

describe('a row', () => {
  it.each<[string, Partial<Record<ColumnName, string>>, ColumnName, RegExp]>([
    ['without a name', { name: ' ' }, 'name', /empty/],
    ['with a name of 501 characters', { name: 'é'.repeat(501) }, 'name', /longer than 500/],
    ['with consent that is neither yes nor no', { email_consent: 'maybe' }, 'email_consent', /neither/],
    ['with consent left empty', { email_consent: '' }, 'email_consent', /neither/],
    ['with an e-mail address without a domain', { email: 'jane@' }, 'email', /ASCII/],
    ['with an e-mail address that SES cannot take', { email: 'jané@example.com' }, 'email', /ASCII/],
    ['with two e-mail addresses', { email: 'a@example.com, b@example.com' }, 'email', /ASCII/],
    ['with a State that is none', { state: 'XX' }, 'state', /postal code/],
    ['with a ZIP of four digits', { zip: '1220' }, 'zip', /ZIP/],
    ['with a line break in a cell', { city: 'Alb\nany' }, 'city', /control character/],
    ['with a tab that leads a cell', { name: '\t=1' }, 'name', /control character/],
    ['with a bidirectional override', { name: 'Jane \u202eeoD' }, 'name', /control character/],
    ['with what a template would read as its own', { name: '{{name}}' }, 'name', /one of/],
  ])('%s is refused by its column, in words without the cell', (_, changes, column, problem) => {
    const found = read(changes);
    expect(found).toMatchObject({ row: 7, column, problem: expect.stringMatching(problem) });
    const cell = changes[column] ?? '';
    if (isBad(found) && cell.trim().length > 5) expect(found.problem + found.right).not.toContain(cell);
  });

  it.each(['=HYPERLINK("x")', '+1', '-1', '@sum'])(
    'keeps the name %s as it is: it is escaped where it is written',
    (name) => {
      expect(read({ name })).toMatchObject({ name, route: 'email' });
    },
  );

  it('takes a name of 300 characters', () => {
    expect(read({ name: 'x'.repeat(300) })).toMatchObject({ route: 'email' });
  });

  it('is read without a throw, whatever stands in it', () => {
    const cells = fc.record(Object.fromEntries(Object.keys(jane).map((name) => [name, fc.string({ unit: 'binary' })])));
    fc.assert(
      fc.property(cells, (given) => {
        const found = readRow(2, given);
        expect(isBad(found) || found.route !== 'email' || given.email_consent?.trim().toLowerCase() === 'yes').toBe(
          true,
        );
      }),
    );
  });
});

describe('the same person twice', () => {
  const same = (a: Partial<Record<ColumnName, string>>, b: Partial<Record<ColumnName, string>>) => {
    const [one, other] = [read(a), read(b)];
    if (isBad(one) || isBad(other)) throw new Error('bad');
    const [left, right] = [sameness(one), sameness(other)];
    return left !== undefined && JSON.stringify(left) === JSON.stringify(right);
  };
  it('is known by name and address, whatever case and space they are written in', () => {
    expect(same({}, { name: 'JANE  doe', email: 'Jane@Example.com' })).toBe(true);
    expect(same({ email_consent: 'no' }, { email_consent: 'no', email: '', city: 'ALBANY' })).toBe(true);
  });
  it('is not two people who share an address, nor two of one name without an address', () => {
    expect(same({}, { name: 'John Doe' })).toBe(false);
    const nowhere = { email_consent: 'no', zip: '' };
    expect(same(nowhere, nowhere)).toBe(false);
  });
});

describe('a header', () => {
  const all = ['name', 'email', 'email_consent', 'address_line1', 'city', 'state', 'zip'];
  it('names the columns in any order, case and spelling of the space', () => {
    expect(readHeader(['ZIP', 'Email Consent', 'email', 'name', 'Address-Line1', 'city', 'state'])).toEqual({
      order: ['zip', 'email_consent', 'email', 'name', 'address_line1', 'city', 'state'],
    });
  });
  it.each<[string, string[], RegExp]>([
    ['without a column that is needed', all.slice(1), /the column name is missing/],
    ['with a column that we do not know', [...all, 'Jane Doe'], /column 8 has a name that is not known/],
    ['with a column twice', [...all, 'zip'], /column 8 \(zip\) is there twice/],
    ['with semicolons', ['name;email;zip'], /separated by ";"; save the file with commas/],
    ['with tabs', ['name\temail'], /separated by tabs/],
    ['that is no header but a person', ['Jane Doe', 'jane@example.com'], /the column name, email/],
  ])('%s is refused in one sentence that quotes no cell', (_, cells, words) => {
    const found = readHeader(cells);
    expect(found).toEqual({ problem: expect.stringMatching(words) });
    expect(JSON.stringify(found)).not.toMatch(/Jane|jane/);
  });
});
