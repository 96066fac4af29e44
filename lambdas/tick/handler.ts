import { z } from 'zod';
import { mayBeInForce, stands } from '../core/change.ts';
import { Collision } from '../core/errors.ts';
import type { StepOutcome } from '../core/incident.ts';
import { hashOf } from '../core/json.ts';
import { changeMinutes } from '../platform/changes.ts';
import { lambda } from '../platform/handler.ts';
import { headOf, listOf } from '../platform/incidents.ts';
import { lookAtReturned } from '../platform/notice-returned.ts';
import { runNotice } from '../platform/notice-run.ts';
import { pause } from '../platform/pause.ts';
import { at, inMinutes, silentMinutes, start, startPlan } from '../platform/plans.ts';
import { type Platform, variable } from '../platform/platform.ts';
import { keys, records } from '../platform/records.ts';
import { remind, tellAgain } from '../platform/reminding.ts';
import { pageMinutes } from '../platform/standing.ts';
import { type Item, Table } from '../platform/table.ts';
import { tellPeople } from '../platform/tell.ts';

type Kind = (item: Item, platform: Platform, table: Table) => Promise<void>;

/** Steps that nobody has settled. Each stays on the list until somebody has: the machine that should have may be dead. */
const unsettled: ReadonlySet<StepOutcome> = new Set(['pending', 'waiting', 'paused']);

/** What each kind of record asks of the tick when its time has come. */
const kinds: Record<string, Kind> = {
  PLAN: async (item, platform) => {
    const { plan } = records.plan.read(item.record);
    await startPlan(platform, plan.incident, plan.number);
  },
  STEP: async (item, platform, table) => {
    const step = records.step.read(item.record);
    const incident = item.key.pk.slice('INCIDENT#'.length);
    if (!unsettled.has(step.outcome)) return put(table, item, records.step.write(step), undefined);
    const asked = await listOf(table, incident, `APPROVAL#p${step.plan}-s${step.step}-`, records.approval);
    const thinking = asked.some((a) => !a.outcome && a.expiresAt > at(platform));
    if (thinking || (await pause(platform)))
      return put(table, item, records.step.write(step), inMinutes(platform, pageMinutes));
    const { why: _over, ...unpaused } = step;
    const next = step.outcome === 'paused' ? { ...unpaused, outcome: 'pending' as const } : step;
    await put(table, item, records.step.write(next), inMinutes(platform, silentMinutes));
    await again(platform, table, incident, step.plan);
  },
  CHANGE: async (item, platform, table) => {
    const change = records.change.read(item.record);
    if (!mayBeInForce(change)) return put(table, item, records.change.write(change), undefined);
    await put(table, item, records.change.write(change), inMinutes(platform, changeMinutes));
    const ref = { action: change.action, target: change.target, generation: change.generation };
    if (change.state === 'verified' || !stands(change)) {
      const name = `${change.incident}-w-${hashOf(item.key).slice(0, 8)}-${minuteOf(platform)}`;
      await start(platform, variable(platform, 'MACHINE_WATCH'), name, {
        incident: change.incident,
        change: ref,
        waits: [0],
      });
    } else await again(platform, table, change.incident, change.plan);
  },
  PAGE: async (item, platform, table) => {
    const page = records.page.read(item.record);
    if (page.acknowledgedAt) return put(table, item, records.page.write(page), undefined);
    const { head } = await headOf(table, page.incident);
    const settings = await platform.settings();
    await put(table, item, records.page.write({ ...page, sent: page.sent + 1 }), inMinutes(platform, pageMinutes));
    platform.metrics.count('PageSent');
    await tellPeople(platform, head, {
      targets: [page.target],
      happened: page.text,
      manual: page.manual,
      asked: [page.text],
      people: settings.onCall.length,
    });
  },
  CLOCKS: async (item, platform) => remind(platform, records.clocks.read(item.record).incident),
  REMINDER: async (item, platform) => tellAgain(platform, item),
  NOTICE: async (item, platform) => {
    const { incident, regime, obligation } = records.notice.read(item.record);
    await runNotice(platform, incident, { regime, obligation });
  },
  RETURNED: (item, platform) => lookAtReturned(platform, item),
  RESTORE: async (item, platform, table) => {
    const { id, incident } = records.restore.read(item.record);
    await start(platform, variable(platform, 'MACHINE_RESTORE'), `${incident}-r-${id}`, { incident, request: id });
    await put(table, item, records.restore.write(records.restore.read(item.record)), undefined);
  },
  EVIDENCE: async (item, platform, table) => {
    const { problem: _old, ...evidence } = records.evidence.read(item.record);
    await put(table, item, records.evidence.write(evidence), inMinutes(platform, 30));
    const limitSeconds = (await platform.catalogue()).collectors[evidence.collector]?.limitSeconds ?? 60;
    const { incident, collector, target, pass } = evidence;
    const name = `${incident}-g-${hashOf(item.key).slice(0, 8)}-${minuteOf(platform)}`;
    await start(platform, variable(platform, 'MACHINE_GATHER'), name, {
      incident,
      collector,
      target,
      limitSeconds,
      pass,
    });
  },
};

/** Every five minutes: one record that fails stops no other; each is looked at again at the next tick. */
export const { build, handler } = lambda('tick', z.looseObject({}), async (_event, platform) => {
  const table = new Table(platform);
  const seen = { looked: 0, failed: 0 };
  for (const item of await table.due(at(platform))) {
    const [, kind] = /^([A-Z]+)(?:#|$)/.exec(item.key.sk) ?? [];
    try {
      await kinds[kind ?? '']?.(item, platform, table);
      seen.looked += 1;
    } catch (error) {
      // somebody else saw to this record at the same moment
      if (error instanceof Collision) continue;
      seen.failed += 1;
      platform.log.error('tick could not see to a record', {
        kind: kind ?? 'unknown',
        error: error instanceof Error ? error.name : 'unknown',
      });
    }
  }
  if (seen.failed > 0) platform.metrics.count('TickFailed', seen.failed);
  return seen;
});

async function put(table: Table, item: Item, record: object, due: string | undefined): Promise<void> {
  await table.write([{ key: item.key, record, was: item.rev, due }]);
}

/** A new attempt of a plan: steps that are over stay over. */
async function again(platform: Platform, table: Table, incident: string, number: number): Promise<void> {
  const key = keys.plan(incident, number);
  const item = await table.get(key);
  if (!item) return;
  const stored = records.plan.read(item.record);
  if (stored.state === 'done') await put(table, item, records.plan.write({ ...stored, state: 'drawn' }), at(platform));
  await startPlan(platform, incident, number);
}

function minuteOf(platform: Platform): string {
  return at(platform)
    .slice(0, 16)
    .replace(/[^0-9]/g, '');
}
