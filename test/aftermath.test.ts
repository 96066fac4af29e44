import { expect, it } from 'vitest';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import { stored } from '../drills/engine/report.ts';
import { records } from '../lambdas/platform/records.ts';
import {
  approvals,
  bucket,
  changes,
  clinic,
  clockPerTest,
  openAgain,
  publicRead,
  region,
  rehearse,
  steps,
  ticks,
} from './arrivals.ts';
import {
  approves,
  contained,
  finding,
  leakingBucket,
  mara,
  say,
  setPolicy,
  stranger,
  theCase,
  tomas,
} from './rehearsed.ts';

clockPerTest();

const pages = (drill: Rehearsal) => stored(drill, /^INCIDENT#/, 'PAGE#', records.page);
const refusal = (name: string, status: number) =>
  Object.assign(new Error('no'), { name, $metadata: { httpStatusCode: status } });

async function restoreApproved(drill: Rehearsal): Promise<void> {
  await say(drill, mara, { decision: 'restore', incident: theCase(drill).id, reason: 'the owner asks' });
  const asked = () => approvals(drill).find((a) => a.subject.kind === 'restore' && a.told > 0);
  await drill.settle(() => asked() !== undefined);
  const request = asked();
  if (request) await approves(drill, tomas, request);
  await drill.settle();
}

it('an undo that AWS refuses leaves the change standing and watched: when somebody then opens the bucket, people are paged', async () => {
  let broken = false;
  const drill = await rehearse({
    seed: leakingBucket,
    fault: (call) =>
      broken && call.function === 'tourniquet-act' && /DeletePublicAccessBlock|PutBucketPolicy/.test(call.command)
        ? refusal('AccessDenied', 403)
        : undefined,
  });
  await contained(drill);
  broken = true;
  await restoreApproved(drill);
  await ticks(drill, 2);
  expect(changes(drill).map((c) => c.state)).toEqual(['verified', 'verified']);
  await openAgain(drill);
  expect(await stranger(drill)).toBe(200);
  await ticks(drill, 3);
  expect(theCase(drill).status).not.toBe('contained');
  expect(pages(drill).length).toBeGreaterThan(0);
});

it('an undo that came through, and could not be read back at once, is finished by the tick', async () => {
  let blind = false;
  const drill = await rehearse({
    seed: leakingBucket,
    fault: (call) =>
      blind && call.function === 'tourniquet-observe' && call.service === 'S3'
        ? refusal('InternalError', 500)
        : undefined,
  });
  await contained(drill);
  await say(drill, mara, { decision: 'restore', incident: theCase(drill).id, reason: 'the owner asks' });
  await drill.settle(() => approvals(drill).some((a) => a.subject.kind === 'restore' && a.told > 0));
  blind = true;
  const request = approvals(drill).find((a) => a.subject.kind === 'restore');
  if (request) await approves(drill, tomas, request);
  await drill.settle();
  blind = false;
  await ticks(drill, 3);
  expect(changes(drill).find((c) => c.action === 'block-bucket-public-access')?.state).toBe('undone');
  expect(theCase(drill).status).not.toBe('contained');
});

it('a change that could not be read back is read back by the tick, and then counts as verified', async () => {
  let blind = false;
  const drill = await rehearse({
    seed: leakingBucket,
    fault: (call) => {
      if (call.function === 'tourniquet-act' && call.command === 'PutPublicAccessBlock') blind = true;
      return blind && call.function === 'tourniquet-observe' && call.command === 'GetPublicAccessBlock'
        ? refusal('InternalError', 500)
        : undefined;
    },
  });
  drill.deliver(finding());
  await drill.settle(() => steps(drill).some((s) => s.outcome === 'failed'));
  expect(pages(drill)).toHaveLength(1);
  blind = false;
  await drill.clock.runFor(1);
  await ticks(drill, 3);
  const block = steps(drill).find((s) => s.action === 'block-bucket-public-access');
  expect(block?.outcome).toBe('verified');
});

it('a standing change that nobody can read for a quarter of an hour counts as drifted, and pages', async () => {
  let blind = false;
  const drill = await rehearse({
    seed: leakingBucket,
    fault: (call) =>
      blind && call.function === 'tourniquet-observe' && call.service === 'STS'
        ? refusal('AccessDenied', 403)
        : undefined,
  });
  await contained(drill);
  expect(theCase(drill).status).toBe('contained');
  blind = true;
  await ticks(drill, 6);
  expect(theCase(drill).status).not.toBe('contained');
  expect(theCase(drill).open.join()).toContain('cannot be read back since');
  blind = false;
  await ticks(drill, 2);
  expect(theCase(drill).status).toBe('contained');
});

it('an attacker who denies us the reading of the bucket is a failure that pages, not a refusal that nobody hears', async () => {
  const drill = await rehearse({ seed: leakingBucket });
  setPolicy(drill, publicRead(bucket), {
    Sid: 'Mine',
    Effect: 'Deny',
    Principal: '*',
    Action: ['s3:GetBucket*'],
    Resource: `arn:aws:s3:::${bucket}`,
    Condition: { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${clinic}:role/tourniquet-*` } },
  });
  await drill.clock.runFor(30);
  drill.deliver(finding());
  await drill.settle();
  await ticks(drill, 1);
  expect(pages(drill).length).toBeGreaterThan(0);
  expect(pages(drill)[0]?.target.id).toBe(bucket);
  expect(pages(drill)[0]?.manual.join()).toContain(theCase(drill).id);
});

it('a policy with a hundred partners is contained like any other', async () => {
  const principals = Array.from({ length: 110 }, (_, i) => `arn:aws:iam::${500000000000 + i}:root`);
  const drill = await rehearse({
    seed: (world) =>
      world.account(clinic).addBucket({
        name: bucket,
        region,
        policy: {
          Version: '2012-10-17',
          Statement: [
            publicRead(bucket),
            {
              Effect: 'Allow',
              Principal: { AWS: principals },
              Action: 's3:GetObject',
              Resource: `arn:aws:s3:::${bucket}/*`,
            },
          ],
        },
      }),
  });
  drill.deliver(finding());
  await drill.settle(() => steps(drill).some((s) => s.outcome === 'verified'));
  expect(steps(drill).find((s) => s.action === 'block-bucket-public-access')?.outcome).toBe('verified');
});

it('a restore whose start is lost is started by the tick', async () => {
  let lost = true;
  const drill = await rehearse({
    seed: leakingBucket,
    fault: (call) =>
      lost && call.function === 'tourniquet-console' && call.service === 'SFN' && call.command === 'StartExecution'
        ? 'stop before'
        : undefined,
  });
  await contained(drill);
  await say(drill, mara, { decision: 'restore', incident: theCase(drill).id, reason: 'the owner asks' }).catch(
    () => undefined,
  );
  lost = false;
  await ticks(drill, 1);
  await drill.settle(() => approvals(drill).some((a) => a.subject.kind === 'restore' && a.told > 0));
  expect(approvals(drill).some((a) => a.subject.kind === 'restore')).toBe(true);
});

it('while all containment is paused nothing is begun, not even a record, and afterwards the tick goes on', async () => {
  const drill = await rehearse({ seed: leakingBucket });
  await say(drill, mara, { decision: 'pause', reason: 'a change freeze' });
  drill.deliver(finding());
  await drill.settle(() => steps(drill).some((s) => s.outcome === 'paused'));
  expect(changes(drill)).toEqual([]);
  expect(await stranger(drill)).toBe(200);
  await say(drill, mara, { decision: 'resume', reason: 'over' });
  await ticks(drill, 2);
  expect(steps(drill).find((s) => s.action === 'block-bucket-public-access')?.outcome).toBe('verified');
  expect(await stranger(drill)).toBe(403);
});
