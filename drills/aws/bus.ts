import { NotModelled } from './kernel.ts';

/** What routing needs of a deployed rule. */
export interface Pattern {
  /** the EventPattern; absent for a schedule */
  eventPattern?: Record<string, unknown>;
  enabled: boolean;
  targets: readonly { arn: string }[];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function affix(operator: 'prefix' | 'suffix', operand: unknown, value: unknown): boolean {
  if (typeof operand !== 'string') throw new NotModelled(`event pattern ${operator} with ${JSON.stringify(operand)}`);
  if (typeof value !== 'string') return false;
  return operator === 'prefix' ? value.startsWith(operand) : value.endsWith(operand);
}

function anythingBut(operand: unknown, value: unknown): boolean {
  if (!isObject(operand)) return ![operand].flat().includes(value);
  const [operator, ...more] = Object.keys(operand);
  if ((operator !== 'prefix' && operator !== 'suffix') || more.length > 0)
    throw new NotModelled(`event pattern anything-but with ${JSON.stringify(operand)}`);
  return typeof value === 'string' && !affix(operator, operand[operator], value);
}

/** One alternative of a leaf against all values found there (several if the event has an array). */
function alternative(matcher: unknown, values: readonly unknown[]): boolean {
  if (Array.isArray(matcher)) throw new NotModelled(`an event pattern with an array in an array`);
  if (!isObject(matcher)) return values.includes(matcher);
  const [operator, ...more] = Object.keys(matcher);
  if (operator === undefined || more.length > 0)
    throw new NotModelled(`an event pattern leaf of not one operator: ${JSON.stringify(matcher)}`);
  const operand = matcher[operator];
  if (operator === 'prefix' || operator === 'suffix') return values.some((value) => affix(operator, operand, value));
  if (operator === 'anything-but') return values.some((value) => anythingBut(operand, value));
  if (operator === 'exists') return values.length > 0 === operand;
  throw new NotModelled(`event pattern operator '${operator}'; modelled: prefix, suffix, anything-but, exists`);
}

/** The patterns of `$or`: one of them is enough, beside all other fields. Source: EventBridge User Guide, "Or matching". */
function alternatives(part: unknown): Record<string, unknown>[] {
  if (!Array.isArray(part) || part.length < 2 || !part.every(isObject))
    throw new NotModelled(`an event pattern's $or of ${JSON.stringify(part)}; it takes two or more patterns`);
  return part;
}

/**
 * Whether a value has all that a pattern asks. All fields of one array element must match together ("array-consistent",
 * README of AWS's own event-ruler); a leaf matches when any of its values matches any alternative.
 */
export function matches(pattern: Record<string, unknown>, value: unknown): boolean {
  if (Array.isArray(value) && value.length > 0) {
    // absence is judged over the whole array, not per element
    if (value.length > 1 && JSON.stringify(pattern).includes('"exists":false'))
      throw new NotModelled('an event pattern with exists: false below an array of several elements');
    return value.some((element) => matches(pattern, element));
  }
  return Object.entries(pattern).every(([name, part]) => {
    if (name === '$or')
      return alternatives(part)
        .map((pattern) => matches(pattern, value))
        .includes(true);
    const found = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    if (isObject(part)) return matches(part, found);
    if (!Array.isArray(part) || part.length === 0)
      throw new NotModelled(`the event pattern field '${name}' is neither an object nor a list of values`);
    // a leaf has no objects: exists works on leaves only
    const values = [found].flat(Number.POSITIVE_INFINITY).filter((leaf) => leaf !== undefined && !isObject(leaf));
    // every alternative is looked at, so that one that is not modelled is never passed over
    return part.map((matcher) => alternative(matcher, values)).includes(true);
  });
}

/** Target ARNs of every enabled rule whose pattern matches the whole event envelope, in the order of rules and targets. */
export function route(event: Record<string, unknown>, rules: Iterable<Pattern>): string[] {
  return [...rules].flatMap(({ enabled, eventPattern, targets }) =>
    enabled && eventPattern && matches(eventPattern, event) ? targets.map(({ arn }) => arn) : [],
  );
}
