import { isUtf8 } from 'node:buffer';
import { type CsvError, parse } from 'csv-parse';
import { stringify } from 'csv-stringify/sync';
import { columnNames, columns } from '../core/recipient.ts';

/** One line of a CSV: its cells, and where it ends in the bytes that were read. */
export interface Line {
  cells: string[];
  end: number;
  /** the bytes are not UTF-8 */
  foreign: boolean;
}

/** What a person could hold in one row with every cell at its longest, quotes included: beyond it a quote was not closed. */
const longestRow = columnNames.reduce((sum, name) => sum + 4 * columns[name].longest + 3, 0);

/** A file that cannot be read on from some row. `message` says which and why, and never what stands there. */
export class BrokenFile extends Error {
  override name = 'BrokenFile';
}

/**
 * The whole lines of some bytes of a CSV file; the rest of a line that goes on behind them is left for the next slice, unless `last`.
 * `first` is the row of the first line. Throws BrokenFile naming the row.
 */
export async function linesOf(bytes: Buffer, first: number, last: boolean): Promise<Line[]> {
  const lines: Line[] = [];
  let start = 0;
  const parser = parse({
    bom: first === 1,
    relax_column_count: true,
    max_record_size: longestRow,
    record_delimiter: ['\r\n', '\n'],
    on_record: (cells: string[], { bytes: end }: { bytes: number }) => {
      lines.push({ cells, end, foreign: !isUtf8(bytes.subarray(start, end)) });
      start = end;
      // nothing is kept in the stream: its buffer would stop it before the slice is read
      return null;
    },
  });
  const row = () => first + lines.length;
  await new Promise<void>((resolve, reject) => {
    parser.on('error', (error: CsvError) => reject(new BrokenFile(`row ${row()}: ${wordsFor(error.code)}`)));
    parser.on('end', resolve);
    parser.on('data', () => undefined);
    if (last) parser.end(bytes);
    else parser.write(bytes, (error) => error ?? resolve());
  });
  return lines;
}

/** csv-parse quotes the cell in its own words, so they are not passed on. */
function wordsFor(code: string | undefined): string {
  if (code === 'CSV_QUOTE_NOT_CLOSED' || code === 'CSV_MAX_RECORD_SIZE')
    return 'a quote that opens in this row is not closed, or the row is longer than any row may be';
  if (code === 'CSV_INVALID_CLOSING_QUOTE' || code === 'INVALID_OPENING_QUOTE')
    return 'a quote stands inside a cell; put the cell in quotes and double the quote inside it';
  return 'the row cannot be read as CSV';
}

/**
 * A CSV that a person opens. A cell that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, "CSV Injection").
 */
export function csvOf(header: readonly string[], rows: (string | number)[][]): string {
  return stringify(
    rows.map((row) => row.map(String)),
    { header: true, columns: [...header], escape_formulas: true, record_delimiter: '\r\n', bom: true },
  );
}
