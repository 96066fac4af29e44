import { seedDetector } from '../drills/aws/guardduty/service.ts';
import { seedMacie } from '../drills/aws/macie2.ts';
import { type MailAccountSeed, seedMailAccount } from '../drills/aws/sesv2-account.ts';
import type { World } from '../drills/aws/world.ts';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import type { Line, Readiness } from '../lambdas/core/readiness.ts';
import { clinic, region, rehearse, settings } from './arrivals.ts';
import { leakingBucket } from './rehearsed.ts';

const { response } = settings.accounts;
export const mail = (more: Partial<MailAccountSeed> = {}) => ({
  region,
  production: true,
  quota: [50_000, 14] as [number, number],
  ...more,
});
const allObjects = {
  event: [],
  advanced: [
    {
      FieldSelectors: [
        { Field: 'eventCategory', Equals: ['Data'] },
        { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
      ],
    },
  ],
};

/** A deployment that is ready for an incident. */
export function ready(world: World): void {
  leakingBucket(world);
  const account = world.account(clinic);
  for (const watched of [account, world.account(response)])
    seedDetector(watched, { region, frequency: 'FIFTEEN_MINUTES' });
  seedMacie(account, { region, classificationFindings: true });
  account.addTrail({ name: 'main', homeRegion: region, bucket: 'logs' }).selectors = structuredClone(allObjects);
  seedMailAccount(world.account(response), mail());
  world.account(response).addRole({ name: 'on-call-primary', trust: { Version: '2012-10-17', Statement: [] } });
  for (const name of ['tomas.okafor', 'priya.natarajan', 'dana.whitfield', 'ruth.abara'])
    world.account(response).addUser({ name });
}

export async function prepared(more: Parameters<typeof rehearse>[0] = {}): Promise<Rehearsal> {
  const drill = await rehearse({ seed: ready, ...more });
  await drill.during(drill.invoke('tourniquet-survey', {}));
  return drill;
}

/** What a person who asks is answered. */
export async function asked(drill: Rehearsal): Promise<Readiness> {
  const answer = await drill.during(drill.invoke('tourniquet-doctor', { requestContext: {} }));
  return JSON.parse((answer as { body: string }).body) as Readiness;
}

const linesOf = (found: Readiness): Line[] => found.checks.flatMap((c) => c.lines);
export const wrong = (found: Readiness): Line[] => linesOf(found).filter((l) => l.state !== 'ok');
