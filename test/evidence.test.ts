import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DrillClock } from '../drills/engine/clock.ts';
import type { Fault } from '../drills/engine/fault.ts';
import { Rehearsal } from '../drills/engine/rehearsal.ts';
import { stored } from '../drills/engine/report.ts';
import { templates } from '../drills/engine/templates.ts';
import { warm } from '../drills/engine/warm.ts';
import publicBucket from '../drills/scenarios/public-bucket/scenario.ts';
import { sha256 } from '../lambdas/core/json.ts';
import { settings as settingsSchema } from '../lambdas/core/settings.ts';
import { records } from '../lambdas/platform/records.ts';

const settings = settingsSchema.parse(
  JSON.parse(readFileSync(new URL('../settings.example.json', import.meta.url), 'utf8')),
);
const vault = `tourniquet-vault-${settings.accounts.forensic}-${settings.homeRegion}`;
let clock: DrillClock | undefined;
beforeAll(warm);
afterEach(() => clock?.uninstall());

async function contained(fault?: Fault): Promise<Rehearsal> {
  const stacks = await templates(settings);
  clock = new DrillClock(publicBucket.start);
  const drill = new Rehearsal({
    clock,
    settings,
    templates: stacks,
    seed: (w) => publicBucket.seed(w),
    fault,
    latency: 0.3,
  });
  for (const event of publicBucket.events(drill)) drill.deliver(event);
  await clock.runFor(240);
  return drill;
}

const ofTimeline = (drill: Rehearsal, kind: string) =>
  stored(drill, /^INCIDENT#/, 'TIMELINE#', records.timeline).filter((e) => e.kind === kind);
const verifiedAt = (drill: Rehearsal) =>
  stored(drill, /^TARGET#/, 'CHANGE#block-bucket-public-access', records.change)[0]?.verifiedAt;

describe('evidence', () => {
  it('lies in the vault under the hash that custody names, locked', async () => {
    const drill = await contained();
    const custody = stored(drill, /^INCIDENT#/, 'CUSTODY#', records.custody);
    expect(custody.map((c) => c.collector).sort()).toEqual(['bucket-configuration', 'bucket-exposure']);
    for (const c of custody) {
      const object = drill.world.bucket(vault)?.objects.get(c.object)?.at(-1);
      expect(object && sha256(object.body)).toBe(c.sha256);
      expect(object?.retention?.mode).toBe('GOVERNANCE');
    }
  });

  it('that fails stops no containment, is recorded as missing and is gathered again by the tick', async () => {
    let broken = true;
    const drill = await contained((call) =>
      broken && call.function === 'tourniquet-collect' && call.service === 'S3'
        ? Object.assign(new Error('slow'), { name: 'SlowDown' })
        : undefined,
    );
    expect(verifiedAt(drill)).toBeDefined();
    expect(
      ofTimeline(drill, 'evidence')
        .map((e) => e.text)
        .join(),
    ).toContain('is missing so far');
    expect(drill.metrics.EvidenceFailed).toBeGreaterThan(0);
    broken = false;
    await clock?.runFor(300);
    await drill.during(drill.tick());
    await clock?.runFor(60);
    expect(
      stored(drill, /^INCIDENT#/, 'CUSTODY#', records.custody)
        .map((c) => c.collector)
        .sort(),
    ).toEqual(['bucket-configuration', 'bucket-exposure']);
  });

  it('that never ends holds containment up no longer than its limit', async () => {
    const drill = await contained((call) =>
      call.function === 'tourniquet-collect' && call.command === 'PutObject' ? 'never answers' : undefined,
    );
    const opened = stored(drill, /^INCIDENT#/, 'HEAD', records.head)[0]?.openedAt ?? '';
    const seconds = (Date.parse(verifiedAt(drill) ?? '') - Date.parse(opened)) / 1000;
    // bucket-configuration is gathered before the change, within five seconds
    expect(seconds).toBeGreaterThanOrEqual(5);
    expect(seconds).toBeLessThan(10);
    expect(
      ofTimeline(drill, 'evidence')
        .map((e) => e.text)
        .join(),
    ).toContain('States.Timeout');
  });
});
