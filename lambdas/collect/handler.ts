import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import type { Finding } from '../core/finding.ts';
import { hashOf, sha256 } from '../core/json.ts';
import { target, targetKey } from '../core/target.ts';
import type { Collected } from '../platform/action.ts';
import { collectorOf } from '../platform/code.ts';
import { departuresOf } from '../platform/departures.ts';
import { lambda } from '../platform/handler.ts';
import { amendIncident } from '../platform/incidents.ts';
import { member } from '../platform/member.ts';
import { at, inMinutes, knownOf } from '../platform/plans.ts';
import { type Platform, variable } from '../platform/platform.ts';
import { putOnce } from '../platform/raw.ts';
import { keys, records } from '../platform/records.ts';
import { Table, type Write } from '../platform/table.ts';
import { named } from '../platform/tell.ts';
import { recordFootholds } from './footholds.ts';

const input = z.object({ incident: z.string(), collector: z.string(), target, pass: z.int().nonnegative() });
type Input = z.infer<typeof input>;

/** Collects one kind of evidence: vault first, then custody; what it finds open becomes a foothold and the next plan. */
export const { build, handler } = lambda('collect', input, async (event, platform) => {
  const catalogue = await platform.catalogue();
  const collector = await collectorOf(event.collector, catalogue);
  const statements = catalogue.collectors[event.collector]?.permissions ?? [];
  const known = await knownOf(new Table(platform), event.incident);
  const session = await member(platform, 'observer', event.target, event.incident, { statements });
  const account = { ...session, departures: () => departuresOf(platform, event.incident, event.target) };
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
  const opened = await recordFootholds(platform, event.incident, event.collector, collected.footholds);
  await writeCustody(platform, event, collected, { hash, object });
  return {
    collected: true,
    sha256: hash,
    bytes: collected.body.byteLength,
    coverage: collected.coverage.level,
    opened,
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
): Promise<void> {
  const { summary, coverage, body } = collected;
  const bytes = body.byteLength;
  await amendIncident(platform, event.incident, async (_head, table) => {
    const now = at(platform);
    const { collector, target: t, pass } = event;
    const { hash: sha, object } = stored;
    return {
      custody: [
        { collector, target: t, pass, collectedAt: now, sha256: sha, bytes, object, summary, coverage, by: 'collect' },
      ],
      writes: await nextPass(platform, table, event),
      timeline: [
        {
          event: now,
          kind: 'evidence',
          by: 'collect',
          text: `${collector} of ${named(t)}: ${summary} (SHA-256 ${sha}, ${bytes} bytes, coverage ${coverage.level})`,
        },
      ],
    };
  });
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
