import { describe, expect, it } from 'vitest';
import { stored } from '../drills/engine/report.ts';
import type { Readiness } from '../lambdas/core/readiness.ts';
import { checks } from '../lambdas/doctor/checks/index.ts';
import { records } from '../lambdas/platform/records.ts';
import { clockPerTest, settings } from './arrivals.ts';
import { asked, prepared, wrong } from './ready.ts';
import { mailed, table } from './rehearsed.ts';

clockPerTest();

describe('the doctor', () => {
  it('finds nothing missing where everything is ready, and every check has looked', async () => {
    const found = await asked(await prepared());
    expect(wrong(found)).toEqual([]);
    expect(found.checks.map((c) => c.id)).toEqual(checks.map((c) => c.id));
    for (const { id, lines } of found.checks) expect(lines.length, id).toBeGreaterThan(0);
  });

  it('at night keeps its report, tells the people on call what is missing, and rings', async () => {
    const drill = await prepared({ settings: { ...settings, mail: { ...settings.mail, population: 2_000_000 } } });
    const before = mailed(drill).length;
    expect(await drill.during(drill.invoke('tourniquet-doctor', {}))).toEqual({ missing: 1 });
    const [kept] = stored(drill, /^DOCTOR$/, 'REPORT#', records.doctor);
    expect(wrong(kept as Readiness)).toHaveLength(1);
    expect(drill.metrics.DoctorFinds).toBe(1);
    const [letter] = mailed(drill).slice(before);
    expect(letter?.to).toEqual(settings.onCall.map((p) => p.email));
    expect(letter?.subject).toBe('DRILL NEEDS YOU: 1 thing is missing before the next incident');
    expect(letter?.text).toContain('SES cannot tell 2000000 people within a day');
    expect(letter?.text).toMatch(
      /--quota-code L-804C8AE8 --desired-value 2000000 .* && .* --quota-code L-CDEF9B6B --desired-value 24 /,
    );
  });

  it('at night says nothing when nothing is missing, and keeps the report', async () => {
    const drill = await prepared();
    expect(await drill.during(drill.invoke('tourniquet-doctor', {}))).toEqual({ missing: 0 });
    expect(stored(drill, /^DOCTOR$/, 'REPORT#', records.doctor)).toHaveLength(1);
    expect(mailed(drill)).toEqual([]);
  });

  it('changes nothing when a person asks: no record, no mail, no resource', async () => {
    const drill = await prepared();
    const before = [JSON.stringify(drill.world.snapshot()), table(drill)];
    await asked(drill);
    expect([JSON.stringify(drill.world.snapshot()), table(drill)]).toEqual(before);
    expect(mailed(drill)).toEqual([]);
  });

  it('declares exactly the rights that its looks need', async () => {
    const made = new Set<string>();
    const prefixes: Record<string, string> = { SESv2: 'ses' };
    const names: Record<string, string> = { 's3:ListBuckets': 's3:ListAllMyBuckets' };
    const drill = await prepared({
      fault: ({ function: by, service, command }) => {
        const action = `${prefixes[service] ?? service.toLowerCase()}:${command}`;
        if (by === 'tourniquet-doctor') made.add(names[action] ?? action);
        return undefined;
      },
    });
    expect(wrong(await asked(drill))).toEqual([]);
    const other = /^(?:sts|dynamodb):/;
    const declared = checks.flatMap(({ permissions: { member, own } }) =>
      [...member, ...own].flatMap((s) => s.actions),
    );
    expect([...made].filter((action) => !other.test(action)).sort()).toEqual([...new Set(declared)].sort());
  });

  it('looks in every Region of the settings', async () => {
    const drill = await prepared({ settings: { ...settings, regions: ['eu-west-1'] } });
    const found = wrong(await asked(drill)).map((l) => l.what);
    expect(found).toEqual([
      'northwind-clinic, eu-west-1: GuardDuty has no detector',
      'response account, eu-west-1: GuardDuty has no detector',
      'northwind-clinic, eu-west-1: Macie is not enabled',
    ]);
  });
});
