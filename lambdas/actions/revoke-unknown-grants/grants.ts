import type { GrantConstraints, GrantListEntry, GrantOperation } from '@aws-sdk/client-kms';
import { canonical, type JsonObject } from '../../core/json.ts';

/** What a grant says; made again it is the same grant under another id. */
export type Content = {
  grantee: string;
  retiring: string | null;
  operations: string[];
  /** encryption context and source that its use is bound to */
  constraints: JsonObject | null;
  name: string | null;
};

export type Grant = Content & { id: string };

export function grantOf(entry: GrantListEntry): Grant {
  return {
    id: entry.GrantId ?? '',
    grantee: entry.GranteePrincipal ?? '',
    retiring: entry.RetiringPrincipal ?? null,
    operations: [...(entry.Operations ?? [])].sort(),
    constraints: entry.Constraints ? (JSON.parse(JSON.stringify(entry.Constraints)) as JsonObject) : null,
    name: entry.Name || null,
  };
}

/** In the form of CreateGrant. */
export function request(grant: Grant) {
  return {
    GranteePrincipal: grant.grantee,
    RetiringPrincipal: grant.retiring ?? undefined,
    Operations: grant.operations as GrantOperation[],
    Constraints: (grant.constraints ?? undefined) as GrantConstraints | undefined,
    Name: grant.name ?? undefined,
  };
}

export function contentOf({ id: _, ...content }: Grant): Content {
  return content;
}

/** The members of the first list that the second lacks, one for one, by what they say. */
export function missing(these: readonly Grant[], those: readonly Grant[]): Grant[] {
  const left = those.map((grant) => canonical(contentOf(grant)));
  return these.filter((grant) => {
    const at = left.indexOf(canonical(contentOf(grant)));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
