import { beforeAll, describe, expect, it } from 'vitest';
import { drill } from '../drills/engine/drill.ts';
import type { Report } from '../drills/engine/report.ts';
import scenario from '../drills/scenarios/compromised-instance/scenario.ts';

describe('the drill of a compromised instance', () => {
  let report: Report;
  const change = (action: string) => report.changes.find((c) => c.action === action);
  beforeAll(async () => {
    report = await drill(scenario);
  });

  it('passes', () => {
    expect(report.failures).toEqual([]);
  });

  it('starts the snapshots before it cuts the network, and denies the stolen credentials before both', () => {
    const accepted = ['deny-instance-sessions', 'snapshot-instance-volumes', 'isolate-instance'].map(
      (action) => change(action)?.accepted ?? `${action} was never accepted`,
    );
    expect(accepted).toEqual([...accepted].sort());
    expect(new Set(accepted).size).toBe(3);
  });

  it('takes the instance out of its group before isolation, or its health check would delete the evidence', () => {
    const isolated = change('isolate-instance')?.accepted ?? '';
    for (const action of ['protect-instance-evidence', 'stand-by-instance'])
      expect((change(action)?.verified ?? 'never') < isolated).toBe(true);
  });

  it('shows the approver all forty instances that share the role', () => {
    const asked = report.approvals.find((a) => a.title.includes("Revoke the role's existing sessions"));
    expect(asked?.losses.join(' ')).toMatch(
      /used by 40 instances: i-0a1b2c3d4e5f60001, i-0a1b2c3d4e5f60002, and 38 more/,
    );
  });

  it('ends the attack, and the other thirty-nine servers and the load balancer go on', () => {
    for (const probe of report.probes)
      if (probe.kind === 'attack') expect(probe.after, probe.name).toBeGreaterThanOrEqual(400);
      else expect(probe, probe.name).toMatchObject({ before: 200, after: 200 });
  });

  it('does what people approved and nothing that they declined', () => {
    const made = report.changes.map((c) => c.action);
    expect(made).toContain('detach-instance-profile');
    expect(made).not.toContain('revoke-role-sessions');
    expect(made).not.toContain('stop-instance');
  });

  it('puts everything back, and keeps the snapshots', () => {
    expect(report.restored).toEqual({
      exact: true,
      differences: [],
      kept: [expect.stringContaining('the snapshots are evidence and are kept')],
    });
  });
});
