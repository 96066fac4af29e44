import { canonical, type Json, type JsonObject } from './json.ts';

export interface PolicyPrincipal {
  /** AWS, Service, Federated, CanonicalUser */
  kind: string;
  value: string;
}

export interface PolicyCondition {
  operator: string;
  key: string;
  values: string[];
}

/** One statement of a policy, every element as a list; `index` is its place in the document. */
export interface PolicyStatement {
  index: number;
  sid: string | undefined;
  effect: string;
  principals: PolicyPrincipal[];
  /** NotPrincipal, NotAction or NotResource stand where the positive element would */
  notPrincipal: boolean;
  actions: string[];
  notActions: string[];
  resources: string[];
  notResources: string[];
  conditions: PolicyCondition[];
}

/** The statements of policy text as AWS returns it; none for null. Throws when the text is no policy document. */
export function statementsOf(text: string | null): PolicyStatement[] {
  return text === null ? [] : rawStatements(documentOf(text)).map(read);
}

/** The document without the statements at these places, everything else and its order kept; null when none is left. */
export function withoutStatements(text: string, places: ReadonlySet<number>): string | null {
  if (places.size === 0) return text;
  const document = documentOf(text);
  const kept = rawStatements(document).filter((_, index) => !places.has(index));
  return kept.length === 0 ? null : JSON.stringify({ ...document, Statement: kept });
}

/**
 * Whether two policy texts say the same. AWS stores a policy and not its text: it may return lists in another order, one value
 * without its list, and Booleans as strings. The order of statements is kept.
 */
export function samePolicy(a: string | null, b: string | null): boolean {
  return a === b || canonical(comparable(a)) === canonical(comparable(b));
}

/** The form in which two texts of the same policy are equal. */
export function comparable(text: string | null): Json {
  return text === null ? null : normal(documentOf(text));
}

/** IAM's own pattern match: `*` any characters, `?` one; linear in the text, whatever the pattern. */
export function matchesPattern(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    const char = pattern[p];
    if (char === '*') {
      star = p++;
      resume = t;
    } else if (char === '?' || char === text[t]) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

function documentOf(text: string): JsonObject {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new Error('AWS returned a policy that is not JSON: look at the policy by hand');
  }
  if (!isObject(document)) throw new Error('AWS returned a policy that is no JSON object: look at the policy by hand');
  return document;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function rawStatements(document: JsonObject): JsonObject[] {
  return list(document.Statement).filter(isObject);
}

function list(value: Json | undefined): Json[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

const texts = (value: Json | undefined): string[] => list(value).map(String);

function read(raw: JsonObject, index: number): PolicyStatement {
  return {
    index,
    sid: typeof raw.Sid === 'string' && raw.Sid !== '' ? raw.Sid : undefined,
    effect: String(raw.Effect),
    principals: principals(raw.Principal ?? raw.NotPrincipal),
    notPrincipal: raw.NotPrincipal !== undefined,
    actions: texts(raw.Action),
    notActions: texts(raw.NotAction),
    resources: texts(raw.Resource),
    notResources: texts(raw.NotResource),
    conditions: Object.entries(isObject(raw.Condition) ? raw.Condition : {}).flatMap(([operator, keys]) =>
      Object.entries(isObject(keys) ? keys : {}).map(([key, values]) => ({ operator, key, values: texts(values) })),
    ),
  };
}

function principals(value: Json | undefined): PolicyPrincipal[] {
  if (isObject(value))
    return Object.entries(value).flatMap(([kind, values]) => texts(values).map((one) => ({ kind, value: one })));
  return texts(value).map((one) => ({ kind: 'AWS', value: one }));
}

const lists = new Set(['Action', 'NotAction', 'Resource', 'NotResource']);

function normal(document: JsonObject): JsonObject {
  const set = (value: Json) => [...new Set(texts(value))].sort();
  const sets = (value: Json): Json =>
    isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, set(one)])) : value;
  const statement = (raw: JsonObject): JsonObject =>
    Object.fromEntries(
      Object.entries(raw).map(([element, value]) => {
        if (lists.has(element)) return [element, set(value)];
        if (element === 'Principal' || element === 'NotPrincipal')
          return [element, value === '*' ? { AWS: ['*'] } : sets(value)];
        if (element === 'Condition' && isObject(value))
          return [element, Object.fromEntries(Object.entries(value).map(([operator, keys]) => [operator, sets(keys)]))];
        return [element, value];
      }),
    );
  return { ...document, Statement: rawStatements(document).map(statement) };
}
