/**
 * Untrusted text as it may be shown: control characters, line breaks, bidirectional overrides and zero-width characters are
 * written out (`\u000a`), and the length is bounded. HTML escaping is the template's, on top of this. Unicode TR36 §3.
 */
export function inert(text: string, limit = 200): string {
  const shown = text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (c) => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
  if (shown.length <= limit) return shown;
  // by code point: half a surrogate pair is no text that can be stored or hashed
  return `${[...shown.slice(0, limit * 2)].slice(0, limit).join('')}…`;
}
