import type { Finding } from '../core/finding.ts';
import type { Head } from '../core/incident.ts';
import { answers } from '../core/plan.ts';
import { absentOf, type Target } from '../core/target.ts';
import type { Catalogue } from './catalogue.ts';
import { headOf } from './incidents.ts';
import type { Platform } from './platform.ts';
import type { Pointer } from './pointers.ts';
import { keys, records } from './records.ts';
import type { Table } from './table.ts';

/** Minutes after which a rehearsal that nobody answered no longer keeps the next one from starting. */
const rehearsalMinutes = 60;

/** Whether a finding starts a rehearsal: a sample, and the product runs for real. */
export function isRehearsal(finding: Pick<Finding, 'sample'>, platform: Platform): boolean {
  return finding.sample && !platform.drill;
}

/**
 * The pointers of a rehearsal: its finding and the one place for rehearsals, never a target's, so that a sample joins no real case and
 * no real finding joins a rehearsal. `busy`: the rehearsal that is under way (GuardDuty's samples come by the hundred).
 */
export async function rehearsalPointers(
  platform: Platform,
  table: Table,
  finding: Finding,
): Promise<{ pointers: Pointer[]; busy: string | undefined }> {
  const [own, place] = await Promise.all(
    [keys.openFinding(finding.id), keys.openRehearsal()].map(async (key): Promise<Pointer & { head?: Head }> => {
      const item = await table.get(key);
      if (!item) return { key, by: 'finding', rev: undefined };
      const { incident } = records.open.read(item.record);
      const { head } = await headOf(table, incident);
      const over = head.closedAt ?? (isOld(platform, head) ? head.openedAt : undefined);
      return { key, by: 'finding', rev: item.rev, incident, closedAt: over };
    }),
  );
  const running = place?.incident !== undefined && !place.closedAt && place.incident !== own?.incident;
  return { pointers: [own, place].filter((p) => p !== undefined), busy: running ? place.incident : undefined };
}

function isOld(platform: Platform, { openedAt }: Head): boolean {
  return platform.now().epochMilliseconds - Date.parse(openedAt) > rehearsalMinutes * 60_000;
}

/**
 * A sample finding with something to rehearse on. GuardDuty makes up the names in its samples, and most break AWS's grammar: where none
 * is left, each kind that the playbook acts on is stood in for by a name that no account has.
 */
export function withStandIns(finding: Finding, catalogue: Catalogue): Finding {
  const { playbooks } = answers(finding, catalogue);
  const actions = playbooks.flatMap((p) => p.stages.flat()).map(({ action }) => catalogue.actions[action]);
  const kinds = [...new Set(actions.flatMap((action) => action?.targetKind ?? []))];
  if (finding.targets.some((t) => kinds.includes(t.kind))) return finding;
  const targets = kinds.flatMap((kind): Target[] => {
    const id = absentOf(kind);
    return id === undefined ? [] : [{ kind, id, account: finding.account, region: finding.region }];
  });
  return { ...finding, targets };
}
