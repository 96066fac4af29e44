import { afterEach, describe, expect, it } from 'vitest';
import { LightAws } from '../../drills/bench/light.ts';
import { of, people, uploaded } from '../../drills/bench/mailing.ts';
import { type Checked, checkStep } from './check.ts';
import { csvOf } from './csv.ts';

const odds = { throttled: 0, bounced: 0, complained: 0, refused: 0, unanswered: 0 };
let made: LightAws[] = [];
afterEach(() => {
  for (const aws of made) aws.close();
  made = [];
});

function stage(): LightAws {
  const aws = new LightAws(0, odds, () => 0.5);
  aws.put(`mailing/${of.incident}/key`, [Buffer.alloc(32, 7).toString('base64')]);
  made.push(aws);
  return aws;
}

/** Checks a file to its end, in steps of so many bytes. */
async function checked(
  file: string | Buffer,
  slice?: number,
): Promise<{ end: Checked; aws: LightAws; cursors: string }> {
  const aws = stage();
  aws.put(uploaded.object, [file]);
  const cursors: string[] = [];
  for (let cursor: Checked['cursor'] = null; ; ) {
    const at: Checked['cursor'] = cursor;
    const end: Checked = await aws.run((platform) => checkStep(platform, { ...of, uploaded }, at, slice));
    if (end.done) return { end, aws, cursors: cursors.join('\n') };
    cursor = end.cursor;
    cursors.push(JSON.stringify(end));
  }
}

const refusal = async (file: string | Buffer, slice?: number): Promise<string> =>
  checked(file, slice).then(
    ({ end }) => `no refusal: ${JSON.stringify(end.counts)}`,
    (error: Error) => `${error.name}: ${error.message}`,
  );

const header = 'name,email,email_consent,address_line1,city,state,zip';
const jane = 'Jane Doe,jane@example.com,yes,1 Main St,Albany,NY,12207';
const texts = (aws: LightAws, prefix: string) =>
  aws
    .objects('mailing/')
    .filter(([key]) => key.includes(prefix))
    .map(([, body]) => body.toString())
    .join('\n');

describe('a file that cannot be read', () => {
  it.each<[string, string | Buffer, RegExp]>([
    ['that is empty', '', /the file is empty/],
    ['with a header and nobody below it', `${header}\r\n\r\n`, /a header and nobody below it/],
    [
      'without a column',
      `name,email\n${jane}`,
      /row 1: the column email_consent, address_line1, city, state, zip is missing/,
    ],
    ['with semicolons', `${header}\n${jane}`.replaceAll(',', ';'), /row 1: the columns are separated by ";"/],
    ['in UTF-16', Buffer.from(`\ufeff${header}`, 'utf16le'), /row 1: the file is UTF-16; save it as "CSV UTF-8"/],
    [
      'with a quote that is not closed',
      `${header}\n${jane}\n"Canary,x\n${jane}\n`,
      /row 3: a quote that opens in this row is not closed/,
    ],
    ['with a quote inside a cell', `${header}\nJane "Canary" Doe,x\n`, /row 2: a quote stands inside a cell/],
  ])('%s is refused with the row and what to do, and without its content', async (_, file, words) => {
    const said = await refusal(file);
    expect(said).toMatch(/^Refused: recipients file: .*Nothing is sent\.$/);
    expect(said).toMatch(words);
    expect(said).not.toContain('Canary');
  });

  it('is refused in whatever slice the fault lies', async () => {
    const file = `${header}\n${`${jane}\n`.repeat(2000)}"Canary,x\n${`${jane}\n`.repeat(2000)}`;
    expect(await refusal(file, 10_000)).toMatch(/row 2002: a quote that opens in this row is not closed/);
  });
});

describe('bad rows', () => {
  const file = [
    header,
    jane,
    'Canary One,not-an-address,yes,1 Main St,Albany,NY,12207',
    'Canary Two,a@example.com,perhaps,1 Main St,Albany,NY,12207',
    `${jane},one cell more`,
    '"=Canary()",a@example.com,yes,1 Main St,Albany,ZZ,12207',
  ].join('\r\n');

  it('are each reported once, with row, column, what is wrong and what would be right', async () => {
    const { end, aws } = await checked(file);
    expect(end).toMatchObject({ done: true, counts: { rows: 5, bad: 4, email: 0 } });
    expect(texts(aws, '/bad-rows/').split('\r\n').slice(1, 5)).toEqual([
      '3,email,is no e-mail address in ASCII,"one address, or empty",not-an-address',
      '4,email_consent,is neither yes nor no,"yes where the person agreed to e-mail, else no",perhaps',
      expect.stringMatching(/^5,,has 8 cells,"7 cells, as the header has",/),
      '6,state,"is no postal code of a State, DC or a territory","two-letter postal code in the US, else as the country writes it",ZZ',
    ]);
  });

  it('leave nothing that could be sent', async () => {
    const { aws } = await checked(file);
    expect(texts(aws, '/shards/') + texts(aws, '/index/')).toBe('');
  });

  it('in another encoding are named by their row', async () => {
    const { end, aws } = await checked(Buffer.from(`${header}\n${jane}\nJos\xe9,${jane.slice(9)}\n`, 'latin1'));
    expect(end.counts.bad).toBe(1);
    expect(texts(aws, '/bad-rows/')).toMatch(/\n3,,is not UTF-8/);
  });
});

describe('a good file', () => {
  it('may have a BOM, quotes, blank lines, Windows line ends and a name of 300 characters', async () => {
    const long = 'é'.repeat(300);
    const { end, aws } = await checked(
      `\ufeff${header}\r\n"Doe, ""J""",j@example.com,yes,"1 Main St, Apt 2",Albany,NY,12207\r\n\r\n${long},l@example.com,yes,,,,\r\n,,,,,,\r\n`,
    );
    expect(end.counts).toEqual({ rows: 2, email: 2, letters: 0, substitute: 0, none: 0, already: 0, bad: 0 });
    const lines = texts(aws, '/shards/')
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { row: 2, name: 'Doe, "J"', address_line1: '1 Main St, Apt 2', otherwise: 'letter' },
      { row: 4, name: long, otherwise: 'substitute' },
    ]);
  });

  it('comes to the same list and hash in whatever slices it is read, but for what the number of shards decides', async () => {
    const file = [...people(400)].join('');
    const whole = await checked(file);
    const sliced = await checked(file, 5_000);
    expect(sliced.end.counts).toEqual(whole.end.counts);
    expect(whole.end.counts).toEqual({ rows: 400, email: 388, letters: 8, substitute: 4, none: 0, already: 0, bad: 0 });
    const rows = (aws: LightAws) =>
      texts(aws, '/shards/')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line).row)
        .sort((a, b) => a - b);
    expect(rows(sliced.aws)).toEqual(rows(whole.aws));
    expect((await checked(file, 5_000)).end.hash).toBe(sliced.end.hash);
  });

  it('has another hash when any recipient is another', async () => {
    const hashes = await Promise.all(
      [jane, jane.replace('jane@', 'jan@'), jane.replace('yes', 'no')].map(
        async (row) => (await checked(`${header}\n${row}`)).end.hash,
      ),
    );
    expect(new Set(hashes).size).toBe(3);
  });

  it('names the same person once, wherever in the file the rows stand, and reports the others', async () => {
    const others = Array.from({ length: 500 }, (_, n) => `Person ${n},p${n}@example.com,yes,1 Main St,Albany,NY,12207`);
    const file = [header, jane, ...others, jane.replace('jane@', 'JANE@'), jane.replace('Jane', 'John')].join('\n');
    const { end, aws } = await checked(file, 4_000);
    expect(end).toMatchObject({ counts: { rows: 502, email: 502 }, duplicates: 1 });
    expect(texts(aws, '/duplicates/')).toContain('503,2');
  });

  it.each([
    ['consent once and none once', jane.replace('yes', 'no'), [jane]],
    ['once with an e-mail and once with none', 'Jane Doe,,no,1 Main St,Albany,NY,12207', [jane]],
    ['the other way round', jane, ['Jane Doe,,no,1 Main St,Albany,NY,12207']],
  ])('asks which is right where the same person has %s', async (_, second, [first = '']) => {
    const others = Array.from({ length: 300 }, (_, n) => `Person ${n},p${n}@example.com,yes,1 Main St,Albany,NY,12207`);
    const { end, aws } = await checked([header, first, ...others, second].join('\n'), 4_000);
    expect(end).toMatchObject({
      done: true,
      counts: { rows: 302, bad: 1 },
      report: expect.stringContaining('bad-rows'),
    });
    expect(texts(aws, '/bad-rows/')).toMatch(/303,email_consent,"?names the same person as row 2/);
  });

  it('takes two of one name at one address with an e-mail each for two people', async () => {
    const { end } = await checked([header, jane, jane.replace('jane@', 'jane.jr@')].join('\n'));
    expect(end.counts).toMatchObject({ rows: 2, email: 2, bad: 0 });
  });

  it('refuses an invisible character, by which one person would be two', async () => {
    const { end } = await checked([header, jane, jane.replace('Jane', 'Ja\u200bne')].join('\n'));
    expect(end.counts).toMatchObject({ bad: 1 });
  });

  it('is refused when a part of what was read is gone before it is sorted', async () => {
    const aws = stage();
    aws.put(uploaded.object, [[...people(300)].join('')]);
    const step = (cursor: Checked['cursor']) =>
      aws.run((platform) => checkStep(platform, { ...of, uploaded }, cursor, 4_000));
    let { cursor } = await step(null);
    while (cursor?.step === 'read') ({ cursor } = await step(cursor));
    const [part] = aws.objects('mailing/').find(([key, body]) => key.includes('/parts/') && body.length > 0) ?? [''];
    aws.put(part, ['']);
    const rest = async () => {
      while (cursor) ({ cursor } = await step(cursor));
    };
    await expect(rest()).rejects.toThrow(/300 people were read.*sorted/);
  });

  it('tells in its cursors and answers no name, address or e-mail', async () => {
    const { cursors, end } = await checked(`${header}\n${jane}\n`.replaceAll('Jane', 'Canary'));
    expect(cursors + JSON.stringify(end)).not.toMatch(/Canary|Albany|example|12207/);
  });
});

describe('a CSV for people', () => {
  it('never begins a cell with what a spreadsheet takes for a formula', async () => {
    const { aws } = await checked(`${header}\n"=HYPERLINK(""x"")",,no,+1 Main St,-Albany,NY,12207\n@x,,no,,,,\n`);
    const [, letter = ''] = texts(aws, '/letters/').split('\r\n');
    expect(letter).toBe(`2,"'=HYPERLINK(""x"")",,'+1 Main St,,'-Albany,NY,12207,US,en`);
    expect(texts(aws, '/substitute/')).toContain("3,'@x,");
    expect(csvOf(['a'], [['\t=1'], ['\r=1']])).toBe("\ufeffa\r\n'\t=1\r\n'\r=1\r\n");
  });
});
