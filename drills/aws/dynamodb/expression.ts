import { isDeepStrictEqual } from 'node:util';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { AwsError, NotModelled } from '../kernel.ts';

export type Item = Record<string, AttributeValue>;

/** The part of a DynamoDB input that an expression refers to. */
export interface Placeholders {
  ExpressionAttributeNames?: Record<string, string> | undefined;
  ExpressionAttributeValues?: Item | undefined;
}

export type RangeTest = (value: string) => boolean;
export interface KeyCondition {
  hash: string;
  range: RangeTest;
}

export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', 400, message);
}

/** DynamoDB orders strings by their UTF-8 bytes, not by UTF-16 units. */
export function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const token = /\s*(?:([#:]?[A-Za-z_]\w*)|(<=|>=|[=<>(),]))/y;

function tokens(text: string): string[] {
  const found: string[] = [];
  token.lastIndex = 0;
  let end = 0;
  while (text.slice(end).trim() !== '') {
    const match = token.exec(text);
    if (!match) throw new NotModelled(`the expression '${text}' from '${text.slice(end)}' on`);
    found.push(match[1] ?? match[2] ?? '');
    end = token.lastIndex;
  }
  return found;
}

/** Reads one expression; remembers which placeholders it used, because DynamoDB refuses those that it does not use. */
class Reader {
  readonly #text: string;
  readonly #tokens: string[];
  readonly #placeholders: Placeholders;
  readonly #bare: readonly string[];
  readonly #used = new Set<string>();
  #at = 0;

  constructor(text: string, placeholders: Placeholders, bare: readonly string[]) {
    this.#text = text;
    this.#tokens = tokens(text);
    this.#placeholders = placeholders;
    this.#bare = bare;
  }

  accept(word: string): boolean {
    if (this.#tokens[this.#at]?.toUpperCase() !== word.toUpperCase()) return false;
    this.#at += 1;
    return true;
  }

  expect(word: string): void {
    if (!this.accept(word)) throw this.unknown(`'${word}'`);
  }

  unknown(wanted: string): NotModelled {
    return new NotModelled(
      `the expression '${this.#text}': ${wanted} expected, '${this.#tokens[this.#at] ?? 'end'}' found. Modelled: ` +
        'attribute_exists, attribute_not_exists, name = :value, AND, OR, brackets; key conditions with begins_with, BETWEEN, <, <=, >, >=',
    );
  }

  name(): string {
    const word = this.#tokens[this.#at++] ?? '';
    if (word.startsWith('#')) {
      const name = this.#placeholders.ExpressionAttributeNames?.[word];
      if (name === undefined)
        throw invalid(
          `Invalid expression: An expression attribute name used in the document path is not defined; attribute name: ${word}`,
        );
      this.#used.add(word);
      return name;
    }
    if (this.#bare.includes(word)) return word;
    this.#at -= 1;
    // 573 words are reserved (Developer Guide, "Reserved words in DynamoDB"): `state` bare works in no real table
    throw this.unknown(`an attribute name (${this.#bare.join(', ')} may stand bare, all others as #placeholder)`);
  }

  value(): AttributeValue {
    const word = this.#tokens[this.#at] ?? '';
    if (!word.startsWith(':')) throw this.unknown('a :value');
    this.#at += 1;
    const value = this.#placeholders.ExpressionAttributeValues?.[word];
    if (value === undefined)
      throw invalid(
        `Invalid expression: An expression attribute value used in expression is not defined; attribute value: ${word}`,
      );
    this.#used.add(word);
    return value;
  }

  text(): string {
    const value = this.value();
    if (value.S === undefined)
      throw invalid('One or more parameter values were invalid: Condition parameter type does not match schema type');
    return value.S;
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw this.unknown('AND, OR or the end');
    refuseUnused(this.#placeholders, this.#used);
  }
}

function refuseUnused(placeholders: Placeholders, used: ReadonlySet<string>): void {
  for (const member of ['ExpressionAttributeNames', 'ExpressionAttributeValues'] as const) {
    const unused = Object.keys(placeholders[member] ?? {}).filter((key) => !used.has(key));
    if (unused.length > 0)
      throw invalid(`Value provided in ${member} unused in expressions: keys: {${unused.join(', ')}}`);
  }
}

type Test = (item: Item | undefined) => boolean;

function disjunction(reader: Reader): Test {
  let test = conjunction(reader);
  while (reader.accept('OR')) {
    const [left, right] = [test, conjunction(reader)];
    test = (item) => left(item) || right(item);
  }
  return test;
}

function conjunction(reader: Reader): Test {
  let test = comparison(reader);
  while (reader.accept('AND')) {
    const [left, right] = [test, comparison(reader)];
    test = (item) => left(item) && right(item);
  }
  return test;
}

function comparison(reader: Reader): Test {
  if (reader.accept('(')) {
    const inner = disjunction(reader);
    reader.expect(')');
    return inner;
  }
  for (const [word, wanted] of [
    ['attribute_exists', true],
    ['attribute_not_exists', false],
  ] as const) {
    if (!reader.accept(word)) continue;
    reader.expect('(');
    const name = reader.name();
    reader.expect(')');
    return (item) => (item?.[name] !== undefined) === wanted;
  }
  const name = reader.name();
  reader.expect('=');
  const value = reader.value();
  return (item) => isDeepStrictEqual(item?.[name], value);
}

/**
 * Reads a ConditionExpression; without one the write is unconditional.
 * `bare`: attribute names that may stand without a #placeholder. Throws NotModelled outside the grammar, ValidationException as AWS does.
 */
export function conditionOf(text: string | undefined, placeholders: Placeholders, bare: readonly string[]): Test {
  if (text === undefined) {
    refuseUnused(placeholders, new Set());
    return () => true;
  }
  const reader = new Reader(text, placeholders, bare);
  const test = disjunction(reader);
  reader.end();
  return test;
}

function rangeTest(reader: Reader): RangeTest {
  if (reader.accept('BETWEEN')) {
    const low = reader.text();
    reader.expect('AND');
    const high = reader.text();
    if (compareText(low, high) > 0)
      throw invalid('Invalid KeyConditionExpression: The BETWEEN operator requires upper bound >= lower bound');
    return (value) => compareText(low, value) <= 0 && compareText(value, high) <= 0;
  }
  const tests: Record<string, (order: number) => boolean> = {
    '=': (order) => order === 0,
    '<': (order) => order < 0,
    '<=': (order) => order <= 0,
    '>': (order) => order > 0,
    '>=': (order) => order >= 0,
  };
  for (const [sign, test] of Object.entries(tests)) {
    if (!reader.accept(sign)) continue;
    const bound = reader.text();
    return (value) => test(compareText(value, bound));
  }
  throw reader.unknown('BETWEEN or a comparison');
}

/** Reads a KeyConditionExpression over string keys: the hash key first, then at most one test of the range key. */
export function keyConditionOf(
  text: string,
  placeholders: Placeholders,
  bare: readonly string[],
  keys: { hash: string; range: string },
): KeyCondition {
  const reader = new Reader(text, placeholders, bare);
  if (reader.name() !== keys.hash) throw invalid(`Query condition missed key schema element: ${keys.hash}`);
  reader.expect('=');
  const hash = reader.text();
  let range: RangeTest = () => true;
  if (reader.accept('AND')) {
    const prefixed = reader.accept('begins_with');
    if (prefixed) reader.expect('(');
    if (reader.name() !== keys.range) throw invalid('Query key condition not supported');
    if (prefixed) {
      reader.expect(',');
      const prefix = reader.text();
      reader.expect(')');
      range = (value) => value.startsWith(prefix);
    } else range = rangeTest(reader);
  }
  reader.end();
  return { hash, range };
}
