import type { Json, JsonObject } from '../../core/json.ts';
import { strangersIn } from '../../platform/strangers.ts';

/** A trust policy must have a statement, and a Deny lets nobody in. */
const nobody: JsonObject = {
  Sid: 'TourniquetTrustsNobody',
  Effect: 'Deny',
  Principal: { AWS: '*' },
  Action: 'sts:AssumeRole',
};

/** The trust policy without its strangers: who else a statement names stays in it, and other statements are as they were. */
export function withoutStrangers(trust: string, ours: readonly string[]): string {
  const strangers = strangersIn(trust, ours);
  if (strangers.length === 0) return trust;
  const document = JSON.parse(trust) as JsonObject;
  const kept = [document.Statement as Json].flat().flatMap((raw, index) => {
    const gone = strangers.filter((s) => s.statement === index).map((s) => s.principal);
    return gone.length === 0 ? [raw as JsonObject] : (without(raw as JsonObject, gone) ?? []);
  });
  return JSON.stringify({ ...document, Statement: kept.length === 0 ? [nobody] : kept });
}

/** One statement without some of its AWS principals; undefined when it names nobody any more. */
function without(statement: JsonObject, gone: readonly string[]): JsonObject | undefined {
  const { Principal } = statement;
  if (typeof Principal !== 'object' || Principal === null || Array.isArray(Principal)) return undefined;
  const { AWS, ...others } = Principal;
  const left = [AWS as Json].flat().filter((one) => !gone.includes(String(one)));
  const named = left.length === 0 ? others : { AWS: left, ...others };
  return Object.keys(named).length === 0 ? undefined : { ...statement, Principal: named };
}
