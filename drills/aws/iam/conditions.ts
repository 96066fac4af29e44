import { BlockList, isIP } from 'node:net';
import { Temporal } from 'temporal-polyfill';
import { arnMatches, type Context, matches, resolved } from './patterns.ts';
import type { Condition } from './policy.ts';

/** Does one value of the request equal one value of the policy? `variables` absent: none are resolved. */
type Test = (actual: string, wanted: string, variables: Context | undefined) => boolean;

const order = (actual: number, wanted: number, symbol: string): boolean =>
  (symbol.startsWith('Less') && actual < wanted) ||
  (symbol.startsWith('Greater') && actual > wanted) ||
  (symbol.endsWith('Equals') && actual === wanted);

/** Milliseconds of an ISO 8601 date or of epoch seconds; NaN otherwise. */
function instant(text: string): number {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  try {
    return Temporal.Instant.from(text.length === 10 ? `${text}T00:00:00Z` : text).epochMilliseconds;
  } catch {
    return Number.NaN;
  }
}

/** Is the address inside the block (`203.0.113.0/24`, or one address)? */
function inBlock(address: string, block: string): boolean {
  const [network = '', bits] = block.split('/');
  const [family, kind] = [isIP(network), isIP(address)];
  if (!family || family !== kind) return false;
  const list = new BlockList();
  const type = family === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(network, bits === undefined ? (family === 4 ? 32 : 128) : Number(bits), type);
  return list.check(address, type);
}

function testFor(name: string): Test {
  if (/^String(Not)?Like$/.test(name)) return (a, w, v) => matches(w, a, v);
  if (/^String(Not)?EqualsIgnoreCase$/.test(name))
    return (a, w, v) => resolved(w, v)?.toLowerCase() === a.toLowerCase();
  if (/^String(Not)?Equals$/.test(name)) return (a, w, v) => resolved(w, v) === a;
  if (name.startsWith('Arn')) return (a, w, v) => arnMatches(w, a, v);
  if (name.startsWith('Numeric')) return (a, w) => order(Number(a), Number(w), symbolOf(name, 'Numeric'));
  if (name.startsWith('Date')) return (a, w) => order(instant(a), instant(w), symbolOf(name, 'Date'));
  if (name === 'Bool') return (a, w) => a.toLowerCase() === w.toLowerCase();
  return (a, w) => inBlock(a, w);
}

/** `NumericNotEquals` tests equality; the negation is applied to the whole condition. */
const symbolOf = (name: string, type: string) => name.slice(type.length).replace('NotEquals', 'Equals');

/**
 * One condition (IAM user guide, "IAM JSON policy elements: Condition operators"). A missing key makes positive operators
 * false, negated ones true, `…IfExists` and `ForAllValues:` true, `ForAnyValue:` false; several values of one key are ORed,
 * for negated operators none may match.
 */
export function conditionHolds(condition: Condition, context: Context, variables: boolean): boolean {
  const actual = context.get(condition.key.toLowerCase());
  if (condition.operator === 'Null')
    return condition.values.some((value) => (value.toLowerCase() === 'true') === (actual === undefined));
  const [, set = '', name = '', ifExists] =
    condition.operator.match(/^(ForAllValues:|ForAnyValue:)?(.*?)(IfExists)?$/) ?? [];
  const negated = name.includes('Not');
  if (actual === undefined || actual.length === 0)
    return ifExists !== undefined || set === 'ForAllValues:' || (negated && set !== 'ForAnyValue:');
  const test = testFor(name);
  const holds = (value: string) =>
    condition.values.some((wanted) => test(value, wanted, variables ? context : undefined)) !== negated;
  const all = set === 'ForAllValues:' || (set === '' && negated);
  return all ? actual.every(holds) : actual.some(holds);
}
