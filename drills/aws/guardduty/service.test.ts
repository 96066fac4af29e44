import { describe, expect, it } from 'vitest';
import { clinic, outcome, region, testWorld } from '../testWorld.ts';
import { seedDetector } from './service.ts';

function grounds() {
  const t = testWorld();
  const root = t.world.rootCredentials(clinic);
  const call = (command: string, input: object = {}, where = region) =>
    t.aws.send('GuardDuty', command, input, root, where);
  return { ...t, call };
}

describe('a detector', () => {
  it('is one for each Region, and comes back under another id', async () => {
    const { call } = grounds();
    const make = async () => ({
      DetectorId: ((await call('CreateDetector', { Enable: true })) as { DetectorId: string }).DetectorId,
    });
    const first = await make();
    expect(await outcome(call('CreateDetector', { Enable: true }))).toBe('BadRequestException');
    expect(await call('ListDetectors', {}, 'us-west-2')).toMatchObject({ DetectorIds: [] });
    await call('DeleteDetector', first);
    const second = await make();
    expect(second.DetectorId).not.toBe(first.DetectorId);
    expect(await outcome(call('GetDetector', first))).toBe('BadRequestException');
  });

  it('refuses both runtime features in one request, and shows both', async () => {
    const { call, world } = grounds();
    const DetectorId = '12abc34d567e8fa901bc2d34e56789f0';
    const Features = ['RUNTIME_MONITORING', 'EKS_RUNTIME_MONITORING'].map((Name) => ({ Name, Status: 'ENABLED' }));
    expect(await outcome(call('CreateDetector', { Enable: true, Features }))).toBe('BadRequestException');
    expect(await call('ListDetectors')).toMatchObject({ DetectorIds: [] });
    seedDetector(world.account(clinic), { region, id: DetectorId });
    expect(await outcome(call('UpdateDetector', { DetectorId, Features }))).toBe('BadRequestException');
    const got = JSON.stringify(await call('GetDetector', { DetectorId }));
    expect(got).toContain('"EKS_RUNTIME_MONITORING"');
    expect(got).toContain('"RUNTIME_MONITORING"');
  });

  it('switches the features that are named, and no other', async () => {
    const { call, world } = grounds();
    const DetectorId = '12abc34d567e8fa901bc2d34e56789f0';
    seedDetector(world.account(clinic), { region, id: DetectorId });
    const Features = [{ Name: 'S3_DATA_EVENTS', Status: 'DISABLED' }];
    await call('UpdateDetector', { DetectorId, Features });
    const { Features: now } = (await call('GetDetector', { DetectorId })) as {
      Features: { Name: string; Status: string }[];
    };
    const status = Object.fromEntries(now.map((f) => [f.Name, f.Status]));
    expect(status).toMatchObject({ S3_DATA_EVENTS: 'DISABLED', EKS_AUDIT_LOGS: 'ENABLED', CLOUD_TRAIL: 'ENABLED' });
    const fixed = [{ Name: 'CLOUD_TRAIL', Status: 'DISABLED' }];
    expect(await outcome(call('UpdateDetector', { DetectorId, Features: fixed }))).toBe('BadRequestException');
  });
});
