import { z } from 'zod';
import { inert } from '../core/inert.ts';
import { targetKey } from '../core/target.ts';
import { lambda } from '../platform/handler.ts';
import { headOf, listOf } from '../platform/incidents.ts';
import type { Platform } from '../platform/platform.ts';
import { records } from '../platform/records.ts';
import { Table } from '../platform/table.ts';
import { named, tellPeople } from '../platform/tell.ts';

const input = z.object({
  incident: z.string(),
  plan: z.int().optional(),
  about: z.enum(['opened', 'outcome', 'settled', 'drift', 'restore']),
});

/** Tells the people on call how an incident stands. */
export const { build, handler } = lambda('tell', input, async ({ incident, about }, platform: Platform) => {
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
  const undone = head.open.filter(() => head.status === 'not contained' || about === 'drift');
  await tellPeople(platform, head, {
    targets,
    happened: first ? `${first.product} found ${inert(first.type)} (${first.severity})` : 'a finding arrived',
    done,
    asked: [...waiting, ...(undone.length > 0 ? undone.map((o) => `see to it: ${o}`) : [])],
    people: about === 'drift' || undone.length > 0 ? settings.onCall.length : 1,
  });
  return { told: true };
});
