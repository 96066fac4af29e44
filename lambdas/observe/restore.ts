import { type ApprovalRequest, approvalHash, patienceMinutes } from '../core/approval.ts';
import type { Change } from '../core/change.ts';
import { Drift, Refused } from '../core/errors.ts';
import { hashOf, type JsonObject } from '../core/json.ts';
import type { ActionManifest } from '../core/manifest.ts';
import { targetKey } from '../core/target.ts';
import type { Action } from '../platform/action.ts';
import { type ChangeRef, requireRestorable, storedChange } from '../platform/changes.ts';
import { amendIncident } from '../platform/incidents.ts';
import { liveOf, sameOwned } from '../platform/live.ts';
import { at, inMinutes } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import { keys, records } from '../platform/records.ts';
import { Table } from '../platform/table.ts';
import { named } from '../platform/tell.ts';

/**
 * Before an undo: nothing else relies on the changes, and every one is still as we left it. Then one approval for all of them,
 * by two people and with the typed name where an exposure would be reopened (invariant 4).
 */
export async function checkRestore(platform: Platform, of: { incident: string; request: string }) {
  const table = new Table(platform);
  const item = await table.get(keys.restore(of.incident, of.request));
  if (!item) throw new Error(`there is no restore request ${of.request}`);
  const request = records.restore.read(item.record);
  const catalogue = await platform.catalogue();
  const changes = await Promise.all(request.changes.map(async (ref) => (await storedChange(table, ref)).change));
  const ordered = undoOrder(changes, catalogue.actions);
  const shows: string[] = [];
  /** what an older generation will find once the newer one of this request is undone */
  const left = new Map<string, JsonObject>();
  for (const c of ordered) {
    await requireRestorable(table, c, of.incident, catalogue);
    const key = `${c.action} ${targetKey(c.target)}`;
    const { action, live } = await liveOf(platform, c);
    const found = left.get(key) ?? live.state;
    if (!sameOwned(action, found, c.after, c.before))
      throw new Drift(
        `${named(c.target)} was changed after ${c.action} (what we left → what is there): ${driftLines(action, c, found)}; settle by hand which is right`,
      );
    shows.push(...action.describe(found, c.before).map((line) => `${named(c.target)}: ${line}`));
    left.set(key, c.before);
  }
  const approval = await ask(platform, of, request, ordered, shows);
  return { approval, execution: `${of.incident}-${approval}`, changes: ordered.map(refOf) };
}

const refOf = ({ action, target, generation }: Change): ChangeRef => ({ action, target, generation });

/** Newest first, except where an action says that its undo must wait for another's (`undoneAfter`). Pure. */
export function undoOrder(changes: Change[], manifests: Record<string, ActionManifest>): Change[] {
  const newest = [...changes].sort((a, b) => b.recordedAt.localeCompare(a.recordedAt) || b.generation - a.generation);
  const ordered: Change[] = [];
  const visit = (c: Change, path: readonly string[]) => {
    if (ordered.includes(c) || path.includes(c.action)) return;
    const first = manifests[c.action]?.undoneAfter ?? [];
    for (const other of newest)
      if (first.includes(other.action) && other.target.id === c.target.id) visit(other, [...path, c.action]);
    ordered.push(c);
  };
  for (const c of newest) visit(c, []);
  return ordered;
}

/** Both states, in the action's own words and by hash: the states themselves may name objects (invariant 9). */
function driftLines(action: Action, c: Change, found: JsonObject): string {
  const hash = (state: JsonObject) => hashOf(action.owned(state, c.before)).slice(0, 16);
  return [...action.describe(c.after, found), `state ${hash(c.after)} → ${hash(found)}`].join('; ');
}

/** `Restore bucket records`, or `Restore 7 changes of 4 targets`. */
function restoreTitle(changes: Change[]): string {
  const targets = new Map(changes.map(({ target }) => [targetKey(target), target]));
  const [only, ...others] = targets.values();
  return only && others.length === 0
    ? `Restore ${named(only)}`
    : `Restore ${changes.length} changes of ${targets.size} targets`;
}

/** The name of every target whose exposure would be reopened. */
function typedName(changes: Change[]): string {
  return [...new Set(changes.filter((c) => c.reopens).map((c) => c.target.id))].join(' ');
}

async function ask(
  platform: Platform,
  of: { incident: string; request: string },
  { requester, signedInAs }: { requester: string; signedInAs: string },
  changes: Change[],
  shows: string[],
) {
  const [first] = changes;
  if (!first) throw new Refused('a restore names at least one change');
  const reopens = changes.some((c) => c.reopens);
  const id = `restore-${of.request}`;
  const request: ApprovalRequest = {
    id,
    incident: of.incident,
    subject: {
      kind: 'restore',
      plan: first.plan,
      step: first.step,
      action: first.action,
      target: first.target,
      title: restoreTitle(changes),
    },
    hash: approvalHash({
      planHash: of.request,
      step: first.step,
      action: 'restore',
      before: changes.map((c) => c.after),
      after: changes.map((c) => c.before),
    }),
    before: hashOf(changes.map((c) => c.after)),
    shows,
    losses: reopens ? ['the exposure that was contained is open again'] : [],
    consequence: reopens ? 'It reopens the exposure that was contained.' : 'It puts back what was there before.',
    asks: reopens ? ['it reopens an exposure: two people, and the typed name'] : ['an undo is a change too'],
    needs: reopens ? 'two' : 'one',
    onTimeout: 'hold',
    requester,
    requesterSignedInAs: signedInAs,
    typed: reopens ? typedName(changes) : undefined,
    askedAt: at(platform),
    expiresAt: inMinutes(platform, patienceMinutes),
    told: 0,
  };
  await amendIncident(platform, of.incident, async (_head, table) => {
    const key = keys.approval(of.incident, id);
    if (await table.get(key)) return undefined;
    const text = `asked: restore ${changes.map((c) => `${c.action} on ${named(c.target)}`).join(', ')}`;
    return {
      writes: [{ key, record: records.approval.write(request) }],
      timeline: [{ event: request.askedAt, kind: 'approval', by: 'restore', text, about: key.sk }],
    };
  });
  return id;
}
