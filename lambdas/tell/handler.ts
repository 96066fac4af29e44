import { z } from 'zod';
import { type Head, untouched } from '../core/incident.ts';
import { inert } from '../core/inert.ts';
import { targetKey } from '../core/target.ts';
import { lambda } from '../platform/handler.ts';
import { headOf, listOf } from '../platform/incidents.ts';
import type { Platform } from '../platform/platform.ts';
import { keys, records } from '../platform/records.ts';
import { viewOf } from '../platform/standing.ts';
import { Table } from '../platform/table.ts';
import { named, tellPeople } from '../platform/tell.ts';

const input = z.object({
  incident: z.string(),
  plan: z.int().optional(),
  about: z.enum(['opened', 'outcome', 'settled', 'drift', 'restore']),
});

/** Tells the people on call how an incident stands. */
export const { build, handler } = lambda('tell', input, async ({ incident, about, plan }, platform: Platform) => {
  const table = new Table(platform);
  const [{ head }, findings, steps] = await Promise.all([
    headOf(table, incident),
    listOf(table, incident, 'FINDING#', records.finding),
    listOf(table, incident, 'STEP#', records.step),
  ]);
  const settings = await platform.settings();
  const first = findings[0]?.finding;
  const targets = [
    ...new Map(
      [...findings.flatMap((f) => f.finding.targets), ...steps.map((s) => s.target)].map((t) => [targetKey(t), t]),
    ).values(),
  ];
  const done = steps
    .filter((s) => s.outcome === 'verified' || s.outcome === 'restored')
    .map((s) => `${s.title} (${named(s.target)}): ${s.outcome}`);
  const waiting = steps.filter((s) => s.outcome === 'waiting').map((s) => `decide: ${s.title} (${named(s.target)})`);
  const all = head.status === 'not contained' || about === 'drift';
  const news = about === 'outcome' && plan !== undefined ? await leftOpen(table, head, plan) : [];
  const undone = head.open.filter((o) => all || news.includes(o));
  await tellPeople(platform, head, {
    targets,
    happened: first ? `${first.product} found ${inert(first.type)} (${first.severity})` : 'a finding arrived',
    done,
    asked: [...waiting, ...(undone.length > 0 ? undone.map((o) => `see to it: ${o}`) : [])],
    people: about === 'drift' || undone.length > 0 ? settings.onCall.length : 1,
  });
  return { told: true };
});

/** What this plan must not touch and leaves open: asked of people when its outcome is told, and not again with every later step. */
async function leftOpen(table: Table, head: Head, number: number): Promise<string[]> {
  const item = await table.get(keys.plan(head.id, number));
  const withheld = item ? records.plan.read(item.record).plan.withheld : [];
  return untouched({ ...(await viewOf(table, head)), withheld });
}
