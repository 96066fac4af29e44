import { describe, expect, it } from 'vitest';
import { seedDetector } from '../drills/aws/guardduty/service.ts';
import type { World } from '../drills/aws/world.ts';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import { stored } from '../drills/engine/report.ts';
import { records } from '../lambdas/platform/records.ts';
import { clinic, clockPerTest, region, rehearse } from './arrivals.ts';
import { finding, leakingBucket, mara, say, theCase } from './rehearsed.ts';

clockPerTest();

const survey = (drill: Rehearsal) => drill.during(drill.invoke('tourniquet-survey', {}));
const baselines = (drill: Rehearsal) => stored(drill, /^BASELINE#/, 'RECORDED#', records.baseline);
const recorded = (drill: Rehearsal, action: string) => baselines(drill).filter((b) => b.action === action);

function watched(world: World): void {
  leakingBucket(world);
  const account = world.account(clinic);
  account.addTrail({ name: 'main', homeRegion: region, bucket: 'logs' });
  account.addTrail({ name: 'far', homeRegion: 'eu-west-1', bucket: 'logs', multiRegion: false });
  seedDetector(account, { region });
}

describe('the survey', () => {
  it('records what could be put back, in every Region that the account has enabled', async () => {
    const drill = await rehearse({ seed: watched });
    const answer = await survey(drill);
    expect(answer).toMatchObject({ off: 0, held: 0, failed: 0 });
    const trails = recorded(drill, 'restore-trail').map((b) => `${b.target.id} in ${b.target.region}`);
    expect(trails.sort()).toEqual(['far in eu-west-1', `main in ${region}`]);
    expect(recorded(drill, 'restore-detector')).toHaveLength(1);
  });

  it('keeps the last good record of what is switched off now', async () => {
    const drill = await rehearse({ seed: watched });
    await survey(drill);
    const before = recorded(drill, 'restore-trail').find((b) => b.target.id === 'main');
    const trail = drill.world.account(clinic).trails.get('main');
    if (trail) trail.logging = false;
    await drill.clock.runFor(86_400);
    expect(await survey(drill)).toMatchObject({ off: 1 });
    expect(recorded(drill, 'restore-trail').find((b) => b.target.id === 'main')).toEqual(before);
  });

  it("never takes the attacker's work for the baseline: an open incident holds it, a closed one lets it go", async () => {
    const drill = await rehearse({ seed: watched });
    await survey(drill);
    const before = baselines(drill);
    drill.deliver(finding());
    await drill.settle();
    const trail = drill.world.account(clinic).trails.get('main');
    if (trail) trail.validation = false;
    expect(await survey(drill)).toMatchObject({ recorded: 0, held: 1 });
    expect(baselines(drill)).toEqual(before);
    await say(drill, mara, { decision: 'close', incident: theCase(drill).id, reason: 'over' });
    expect(await survey(drill)).toMatchObject({ held: 0 });
    const now = recorded(drill, 'restore-trail').find((b) => b.target.id === 'main');
    expect(now?.state).toMatchObject({ live: { settings: { validation: false } } });
  });
});
