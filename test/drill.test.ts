import { beforeAll, describe, expect, it } from 'vitest';
import { type Audience, drill } from '../drills/engine/drill.ts';
import type { Report } from '../drills/engine/report.ts';
import leakedKey from '../drills/scenarios/leaked-access-key/scenario.ts';
import publicBucket from '../drills/scenarios/public-bucket/scenario.ts';
import type { TimelineEntry } from '../lambdas/platform/records.ts';

const statuses: string[] = [];
const watching: Audience = {
  opened: () => undefined,
  probed: () => undefined,
  entry: (entry: TimelineEntry) => {
    if (entry.kind === 'status') statuses.push(entry.text);
  },
  decide: async (_request, scripted) => scripted,
  closed: () => undefined,
};
const probe = (report: Report, name: string) => report.probes.find((p) => p.name.includes(name));

describe('the drill of a public bucket', () => {
  let report: Report;
  beforeAll(async () => {
    report = await drill(publicBucket);
  });

  it('passes', () => {
    expect(report.failures).toEqual([]);
    expect(report.simulated).toBe(true);
  });

  it('shuts the stranger out, and nobody else', () => {
    for (const p of report.probes.filter((p) => p.kind === 'attack'))
      expect(p).toMatchObject({ before: 200, after: 403 });
    for (const p of report.probes.filter((p) => p.kind === 'care'))
      expect(p).toMatchObject({ before: 200, after: 200 });
  });

  it('reads every change back as safe, with the before-state on record', () => {
    expect(report.verified).toBe(true);
    expect(report.incident.status).toBe('contained');
    expect(report.changes.map((c) => c.action)).toEqual(['block-bucket-public-access', 'remove-public-bucket-grants']);
    for (const c of report.changes) expect(Object.keys(c.before)).not.toEqual([]);
    for (const c of report.changes) expect((c.accepted ?? '') < (c.verified ?? '')).toBe(true);
  });

  it('puts the whole account back exactly as it was', () => {
    expect(report.restored).toEqual({ exact: true, differences: [] });
    for (const c of report.changes) expect(c.state).toBe('undone');
  });

  it('tells people by both ways, and neither fails', () => {
    const told = report.timeline.filter((e) => e.kind === 'told').map((e) => e.text);
    expect(told.length).toBeGreaterThan(2);
    for (const text of told) expect(text).toMatch(/^(?:FYI|NEEDS YOU|ACT NOW): told by topic and mail to [^;]+$/);
  });

  it('stamps the way from the activity to verified containment, in order', () => {
    const { activity, findingCreated, eventReceived, changeAccepted, containmentVerified } = report.stamps;
    const stamps = [activity, findingCreated, eventReceived, changeAccepted, containmentVerified];
    expect(stamps).toEqual([...stamps].sort());
    expect(stamps).not.toContain(null);
  });

  it('keeps evidence of the configuration and of what was readable, with hashes and coverage, and names no object', () => {
    expect(report.evidence.map((e) => e.collector).sort()).toEqual(['bucket-configuration', 'bucket-exposure']);
    for (const e of report.evidence) expect(e.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(report)).not.toContain('intake-0001');
  });

  it('runs the HIPAA clocks from the provisional discovery, in the zone of the clinic', () => {
    const due = Object.fromEntries(report.obligations.map((o) => [`${o.regime}/${o.obligation}`, o.due]));
    // discovery 2026-11-20 in Los Angeles; day 0 excluded, +60 days; annual: Dec 31 + 60 days
    expect(due).toMatchObject({
      'us-hipaa-individual/individual': '2027-01-19',
      'us-hipaa-media/media': '2027-01-19',
      'us-hipaa-hhs-500plus/hhs_large': '2027-01-19',
      'us-hipaa-hhs-lt500/hhs_small': '2027-03-01',
    });
  });

  it('is the same twice', async () => {
    const again = await drill(publicBucket);
    expect(again.timeline).toEqual(report.timeline);
    expect(JSON.stringify(again) === JSON.stringify(report)).toBe(true);
  });
});

describe('the drill of a leaked access key', () => {
  let report: Report;
  beforeAll(async () => {
    report = await drill(leakedKey, watching);
  });

  it('passes', () => {
    expect(report.failures).toEqual([]);
  });

  it('stops the key and everything that was made with it', () => {
    for (const p of report.probes.filter((p) => p.kind === 'attack'))
      expect(p).toMatchObject({ before: 200, after: 403 });
    expect(report.probes.filter((p) => p.kind === 'attack')).toHaveLength(4);
  });

  it('leaves the clinic its other key and its app; the one loss was announced and approved', () => {
    expect(probe(report, 'other key')).toMatchObject({ before: 200, after: 200 });
    expect(probe(report, 'app reads')).toMatchObject({ before: 200, after: 200 });
    expect(probe(report, 'started afresh')).toMatchObject({ before: 200, after: 200 });
    expect(probe(report, 'was running')).toMatchObject({ before: 200, after: 403 });
    const role = report.approvals.find((a) => a.title.includes('nightly-report') && a.title.includes('Revoke'));
    expect(role?.outcome).toBe('approved');
    expect(role?.losses.length).toBeGreaterThan(0);
  });

  it('names the second key and the role session as open footholds, is partly contained until they are closed, then contained', () => {
    expect(report.footholds.map((f) => f.target.kind).sort()).toEqual(['iam-access-key', 'iam-role']);
    for (const f of report.footholds) expect((f.closedAt ?? '') > f.foundAt).toBe(true);
    const partly = statuses.findIndex(
      (s) => s.startsWith('partly contained') && s.includes('open foothold: IAM role nightly-report'),
    );
    const contained = statuses.indexOf('contained');
    expect(partly).toBeGreaterThanOrEqual(0);
    expect(contained).toBeGreaterThan(partly);
    expect(report.incident.status).toBe('contained');
  });

  it('acts on what evidence found in a second plan that holds only the difference', () => {
    const second = report.changes.filter((c) => c.plan === 2).map((c) => `${c.action} ${c.target.kind}`);
    expect(second.sort()).toEqual([
      'deactivate-access-key iam-access-key',
      'deny-user-sessions iam-user',
      'revoke-role-sessions iam-role',
    ]);
    const first = report.changes.filter((c) => c.plan === 1).map((c) => c.action);
    expect(first.sort()).toEqual(['deactivate-access-key', 'deny-user', 'deny-user-by-scp', 'deny-user-sessions']);
  });

  it('puts the whole account back exactly as it was', () => {
    expect(report.restored).toEqual({ exact: true, differences: [] });
  });
});
