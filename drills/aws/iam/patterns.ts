/** The condition keys of one request: lower-case key → values. */
export type Context = ReadonlyMap<string, readonly string[]>;

/** A pattern cut into pieces: literal text, or a wildcard. */
type Token = { literal: string } | 'any' | 'one';

/**
 * Resolves policy variables (IAM user guide, "IAM policy elements: Variables and tags"): `${key}`, `${key, 'default'}`, and
 * the literals `${*}`, `${?}`, `${$}`. A resolved value is literal: its own `*` matches only `*`.
 * Undefined when a variable has no value.
 */
function tokens(pattern: string, context: Context | undefined): Token[] | undefined {
  const parts: Token[] = [];
  const plain = (text: string) => {
    for (const piece of text.split(/([*?])/))
      if (piece === '*') parts.push('any');
      else if (piece === '?') parts.push('one');
      else if (piece) parts.push({ literal: piece });
  };
  if (!context) {
    plain(pattern);
    return parts;
  }
  for (const piece of pattern.split(/(\$\{[^}]*\})/)) {
    const name = piece.match(/^\$\{([^}]*)\}$/)?.[1];
    if (name === undefined) plain(piece);
    else {
      const value = variable(name, context);
      if (value === undefined) return undefined;
      parts.push({ literal: value });
    }
  }
  return parts;
}

function variable(expression: string, context: Context): string | undefined {
  if (['*', '?', '$'].includes(expression)) return expression;
  const [, key, fallback] = expression.match(/^([^,]+?)\s*(?:,\s*'(.*)')?$/) ?? [];
  const values = context.get((key ?? '').toLowerCase());
  return values?.length === 1 ? values[0] : fallback;
}

/** The text of a pattern whose wildcards are ordinary characters, variables resolved; undefined when one has no value. */
export function resolved(text: string, context: Context | undefined): string | undefined {
  return tokens(text, context)
    ?.map((token) => (token === 'any' ? '*' : token === 'one' ? '?' : token.literal))
    .join('');
}

/** Of patterns without variables: every call is judged by the same few. */
const known = new Map<string, string[]>();

/** One symbol per character; a literal character is kept apart from the wildcards by its prefix. */
function symbolsOf(pattern: string, context: Context | undefined): string[] | undefined {
  const before = known.get(pattern);
  if (before) return before;
  const made = tokens(pattern, context)?.flatMap((part) =>
    typeof part === 'string' ? [part] : [...part.literal].map((c) => `=${c}`),
  );
  if (made && !pattern.includes('$')) known.set(pattern, made);
  return made;
}

/** Wildcard match of a whole text. `context` absent: the policy's version has no variables. */
export function matches(pattern: string, text: string, context?: Context): boolean {
  if (!/[*?$]/.test(pattern)) return pattern === text;
  const symbols = symbolsOf(pattern, context);
  if (!symbols) return false;
  const letters = [...text];
  let [s, l, star, mark] = [0, 0, -1, 0];
  // Greedy with one step back to the last `*`: no exponential time, whatever a hostile pattern holds.
  while (l < letters.length) {
    const symbol = symbols[s];
    if (symbol === 'any') [star, mark, s] = [s, l, s + 1];
    else if (symbol === 'one' || symbol === `=${letters[l]}`) [s, l] = [s + 1, l + 1];
    else if (star >= 0) [s, mark, l] = [star + 1, mark + 1, mark + 1];
    else return false;
  }
  return symbols.slice(s).every((symbol) => symbol === 'any');
}

/**
 * ARN operators compare the six colon-delimited parts one by one (IAM user guide, "Amazon Resource Name (ARN) condition
 * operators"); a pattern without colons (`*`) is compared as a whole.
 */
export function arnMatches(pattern: string, arn: string, context?: Context): boolean {
  const wanted = sixParts(pattern.split(/:(?![^{]*\})/));
  const actual = sixParts(arn.split(':'));
  if (wanted.length === 1) return matches(pattern, arn, context);
  return (
    wanted.length === 6 && actual.length === 6 && wanted.every((part, i) => matches(part, actual[i] ?? '', context))
  );
}

/** The resource part of an ARN may hold colons itself. */
const sixParts = (parts: string[]): string[] =>
  parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
