import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import type { Finding } from '../core/finding.ts';
import { hashOf, sha256 } from '../core/json.ts';
import { type Target, target, targetKey } from '../core/target.ts';
import type { Collected } from '../platform/action.ts';
import { collectorOf } from '../platform/catalogue.ts';
import { lambda } from '../platform/handler.ts';
import { amendIncident } from '../platform/incidents.ts';
import { member } from '../platform/member.ts';
import { at, draw, inMinutes, knownOf, startPlan } from '../platform/plans.ts';
import { type Platform, variable } from '../platform/platform.ts';
import { putOnce } from '../platform/raw.ts';
import { keys, records } from '../platform/records.ts';
import { Table, type Write } from '../platform/table.ts';
import { named } from '../platform/tell.ts';

const input = z.object({ incident: z.string(), collector: z.string(), target, pass: z.int().nonnegative() });
type Input = z.infer<typeof input>;

/** Collects one kind of evidence: vault first, then custody; what it finds open becomes a foothold and the next plan. */
export const { build, handler } = lambda('collect', input, async (event, platform) => {
  const catalogue = await platform.catalogue();
  const collector = await collectorOf(event.collector, catalogue);
  const statements = catalogue.collectors[event.collector]?.permissions ?? [];
  const known = await knownOf(new Table(platform), event.incident);
  const account = await member(platform, 'observer', event.target, event.incident, { statements });
  const collected = await collector.collect(event.target, account, since(known.findings, platform));
  const hash = sha256(collected.body);
  const object = `incidents/${event.incident}/${event.collector}/${hashOf(targetKey(event.target)).slice(0, 16)}/${event.pass}-${hash}`;
  await putOnce(
    platform,
    variable(platform, 'VAULT_BUCKET'),
    variable(platform, 'VAULT_ACCOUNT'),
    object,
    collected.body,
    collected.contentType,
  );
  const plan = await writeCustody(platform, event, collected, { hash, object });
  if (plan !== undefined) await startPlan(platform, event.incident, plan);
  return {
    collected: true,
    sha256: hash,
    bytes: collected.body.byteLength,
    coverage: collected.coverage.level,
    grew: plan !== undefined,
  };
});

/** The earliest time that the findings speak of, and a day before it: attackers come before detectors. */
function since(findings: Finding[], platform: Platform): Temporal.Instant {
  const times = findings.map((f) => f.firstSeen ?? f.createdAt).sort();
  return Temporal.Instant.from(times[0] ?? at(platform)).subtract({ hours: 24 });
}

async function writeCustody(
  platform: Platform,
  event: Input,
  collected: Collected,
  stored: { hash: string; object: string },
): Promise<number | undefined> {
  let grown: number | undefined;
  await amendIncident(platform, event.incident, async (head, table) => {
    grown = undefined;
    const now = at(platform);
    const fresh = await freshFootholds(table, event, collected.footholds, now);
    const known = await knownOf(table, event.incident);
    const found = [...known.found, ...fresh.map((f) => f.target)];
    const because = `evidence ${event.collector} found an open foothold`;
    const drawn = fresh.length > 0 ? await draw(platform, event.incident, { ...known, found }, because) : undefined;
    grown = drawn?.plan.number;
    return {
      head: {
        plans: drawn?.plan.number ?? head.plans,
        open: [...head.open, ...fresh.map((f) => `open foothold: ${f.target.kind} ${f.target.id} (${f.how})`)],
        status: fresh.length > 0 && head.status === 'contained' ? 'partly contained' : head.status,
      },
      custody: [
        {
          collector: event.collector,
          target: event.target,
          pass: event.pass,
          collectedAt: now,
          sha256: stored.hash,
          bytes: collected.body.byteLength,
          object: stored.object,
          summary: collected.summary,
          coverage: collected.coverage,
          by: 'collect',
        },
      ],
      writes: [...fresh.map((f) => f.write), ...(drawn?.writes ?? []), ...(await nextPass(platform, table, event))],
      timeline: [
        {
          event: now,
          kind: 'evidence',
          by: 'collect',
          text: `${event.collector} of ${named(event.target)}: ${collected.summary} (SHA-256 ${stored.hash}, ${collected.body.byteLength} bytes, coverage ${collected.coverage.level})`,
        },
        ...fresh.map((f) => ({
          event: now,
          kind: 'foothold' as const,
          by: 'collect',
          text: `open foothold: ${named(f.target)} (${f.how})`,
        })),
        ...(drawn?.timeline ?? []),
      ],
    };
  });
  return grown;
}

async function freshFootholds(table: Table, event: Input, footholds: Collected['footholds'], now: string) {
  const fresh: { target: Target; how: string; write: Write }[] = [];
  const unique = new Map(footholds.map((f) => [targetKey(f.target), f])).values();
  for (const { target: t, how } of unique) {
    const key = keys.foothold(event.incident, t);
    if (await table.get(key)) continue;
    const record = records.foothold.write({ target: target.parse(t), how, foundBy: event.collector, foundAt: now });
    fresh.push({ target: t, how, write: { key, record } });
  }
  return fresh;
}

/** Logs arrive late: the tick collects again when the collector says so; the last pass takes it off the list. */
async function nextPass(platform: Platform, table: Table, event: Input): Promise<Write[]> {
  const again = (await platform.catalogue()).collectors[event.collector]?.again ?? [];
  const key = keys.evidence(event.incident, event.collector, event.target);
  const item = await table.get(key);
  if (again.length === 0 && !item) return [];
  const record = records.evidence.write({
    incident: event.incident,
    collector: event.collector,
    target: event.target,
    again,
    pass: event.pass + 1,
  });
  const next = again[event.pass];
  return [{ key, record, was: item?.rev, due: next ? inMinutes(platform, minutes(next)) : undefined }];
}

function minutes(again: string): number {
  return Number.parseInt(again, 10) * (again.endsWith('h') ? 60 : 1);
}
