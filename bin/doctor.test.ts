import { describe, expect, it } from 'vitest';
import type { Readiness } from '../lambdas/core/readiness.ts';
import { tourniquet } from './cli.fixture.ts';
import { consolePerTest } from './console.fixture.ts';

const console_ = consolePerTest();

const ready: Readiness['checks'] = [
  { id: 'roles', title: 'Roles of the member accounts', lines: [{ state: 'ok', what: 'the observer answers' }] },
];
const wanting: Readiness['checks'] = [
  {
    id: 'guardduty',
    title: 'GuardDuty',
    lines: [
      { state: 'ok', what: 'northwind-clinic, us-east-1: GuardDuty is on' },
      {
        state: 'missing',
        what: 'northwind-clinic, eu-west-1: GuardDuty has no detector',
        cost: 'nobody is told',
        command: 'aws guardduty create-detector --enable --region eu-west-1',
      },
      { state: 'unknown', what: 'a place', cost: 'who knows', command: 'aws guardduty list-detectors' },
    ],
  },
  ...ready,
];
const found = (checks: Readiness['checks']) => {
  console_.now.found = { examinedAt: '2026-11-21T02:06:33.000Z', checks };
};

describe('doctor', () => {
  it('says what is missing, what it costs and the command that mends it, and ends with 1', async () => {
    found(wanting);
    const { status, stdout } = await tourniquet('doctor');
    expect(status).toBe(1);
    expect(stdout).toBe(`looked at 2026-11-21 02:06:33 UTC

MISSING  GuardDuty                     northwind-clinic, eu-west-1: GuardDuty has no detector
           costs: nobody is told
           mend:  aws guardduty create-detector --enable --region eu-west-1
UNKNOWN  GuardDuty                     a place
           costs: who knows
           mend:  aws guardduty list-detectors
ok       Roles of the member accounts  1 looked at

1 missing, 1 unknown: mend them, then look again
`);
    expect(console_.now.calls).toEqual([{ method: 'GET', path: '/doctor' }]);
  });

  it('ends with 0 when nothing is missing', async () => {
    found(ready);
    const { status, stdout } = await tourniquet('doctor');
    expect(status).toBe(0);
    expect(stdout).toContain('nothing is missing');
  });

  it('shows what is ready only when asked for all of it', async () => {
    found(wanting);
    expect((await tourniquet('doctor')).stdout).not.toContain('GuardDuty is on');
    expect((await tourniquet('doctor', '--all')).stdout).toContain('GuardDuty is on');
  });

  it('ends with 1 for what is unknown alone: nobody has looked', async () => {
    const lines = wanting.flatMap((check) => check.lines).filter((line) => line.state === 'unknown');
    found([{ id: 'guardduty', title: 'GuardDuty', lines }]);
    expect((await tourniquet('doctor')).status).toBe(1);
  });

  it('--json prints the report as it is', async () => {
    found(wanting);
    const { status, stdout } = await tourniquet('doctor', '--json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toEqual(console_.now.found);
  });

  it('says so when the deployment answers in a form that it does not know', async () => {
    console_.now.found = { examinedAt: 'yesterday', checks: [] };
    expect(await tourniquet('doctor')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('update Tourniquet'),
    });
  });
});
