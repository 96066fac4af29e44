import { describe, expect, it } from 'vitest';
import { seedDetector } from '../drills/aws/guardduty/service.ts';
import { seedLambdaLimit } from '../drills/aws/lambda.ts';
import { seedMacie } from '../drills/aws/macie2.ts';
import { seedMailAccount } from '../drills/aws/sesv2-account.ts';
import type { World } from '../drills/aws/world.ts';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import type { Line } from '../lambdas/core/readiness.ts';
import { bucket, clinic, clockPerTest, region, settings } from './arrivals.ts';
import { asked, mail, prepared, ready, wrong } from './ready.ts';

clockPerTest();

const { response, forensic } = settings.accounts;

interface Broken {
  what: string | RegExp;
  command: string | RegExp;
  seed?(world: World): void;
  after?(drill: Rehearsal): void | Promise<void>;
  settings?: Partial<typeof settings>;
}

const without = (name: string) => (world: World) => {
  ready(world);
  const { resources } = world.account(clinic);
  for (const arn of [...resources.keys()].filter((key) => key.includes(name))) resources.delete(arn);
};
const role = (drill: Rehearsal, account: string, name: string) => drill.world.account(account).roles.delete(name);

const broken: Record<string, Broken> = {
  'no detector': {
    seed: without(':detector/'),
    what: 'northwind-clinic, us-east-1: GuardDuty has no detector',
    command: 'aws guardduty create-detector --enable --finding-publishing-frequency FIFTEEN_MINUTES --region us-east-1',
  },
  'a detector that publishes every six hours': {
    seed: (world) => {
      without(':detector/')(world);
      seedDetector(world.account(clinic), { region, id: 'd1' });
    },
    what: 'northwind-clinic, us-east-1: GuardDuty publishes updates every SIX_HOURS, not every FIFTEEN_MINUTES',
    command:
      'aws guardduty update-detector --detector-id d1 --region us-east-1 --finding-publishing-frequency FIFTEEN_MINUTES',
  },
  'a detector that is off': {
    seed: (world) => {
      without(':detector/')(world);
      seedDetector(world.account(clinic), { region, id: 'd1', enabled: false });
    },
    what: /detector is switched off/,
    command: 'aws guardduty update-detector --detector-id d1 --region us-east-1 --enable',
  },
  'no Macie': {
    seed: without(':macie2:'),
    what: 'northwind-clinic, us-east-1: Macie is not enabled',
    command: 'aws macie2 enable-macie --region us-east-1',
  },
  'Macie that keeps its findings to itself': {
    seed: (world) => {
      ready(world);
      seedMacie(world.account(clinic), { region });
    },
    what: /Macie does not publish sensitive data findings to Security Hub/,
    command: /publishPolicyFindings=true,publishClassificationFindings=true/,
  },
  'no observer': {
    after: (drill) => void role(drill, clinic, 'tourniquet-observer'),
    what: 'northwind-clinic: the observer role cannot be assumed',
    command: 'npx cdk deploy -c settings=<file> tourniquet-member-northwind-clinic',
  },
  'no responder': {
    after: (drill) => void role(drill, clinic, 'tourniquet-responder'),
    what: 'northwind-clinic: the responder role cannot be assumed',
    command: 'npx cdk deploy -c settings=<file> tourniquet-member-northwind-clinic',
  },
  'no responder of the organization': {
    after: (drill) => void role(drill, '777777777777', 'tourniquet-organizations-responder'),
    what: 'the management account: the responder role cannot be assumed',
    command: 'npx cdk deploy -c settings=<file> tourniquet-management',
  },
  'an account with little concurrency': {
    seed: (world) => {
      ready(world);
      seedLambdaLimit(world.account(response), region, 150);
    },
    what: /^\d+ of 150 executions at once are unreserved/,
    command: /aws service-quotas request-service-quota-increase --service-code lambda/,
  },
  'a function without reserved concurrency': {
    after: (drill) => {
      const contain = drill.deployment.functions.get('tourniquet-act');
      if (contain) contain.reservedConcurrency = 0;
    },
    what: 'without reserved concurrency, or stopped by a reservation of 0: tourniquet-act',
    command: 'npx cdk deploy -c settings=<file> tourniquet-response',
  },
  'one person only': {
    settings: { onCall: settings.onCall.slice(0, 1) },
    what: 'only Mara Lindqvist is on call',
    command: /add a second person/,
  },
  'an approver who is gone': {
    after: (drill) => void drill.world.account(response).users.delete('tomas.okafor'),
    what: 'Tomas Okafor: there is no arn:aws:iam::222222222222:user/tomas.okafor',
    command: /correct onCall/,
  },
  'no counsel': {
    settings: { entities: settings.entities.map(({ counsel: _nobody, ...entity }) => entity) },
    what: 'Northwind Clinic has not named counsel',
    command: /add counsel to entities in the settings/,
  },
  'a kind of entity that no law knows': {
    settings: { entities: settings.entities.map((entity) => ({ ...entity, kinds: ['hospital'] })) },
    what: /Northwind Clinic: no clock could be computed: facts refused: entity\.kinds\.0: no regime covers "hospital"/,
    command: /correct entities\.kinds\.0 in the settings/,
  },
  'an address that SES suppresses': {
    seed: (world) => {
      ready(world);
      seedMailAccount(world.account(response), mail({ suppressed: ['mara.lindqvist@example.com'] }));
    },
    what: 'Mara Lindqvist: SES suppresses mara.lindqvist@example.com (BOUNCE)',
    command: 'aws sesv2 delete-suppressed-destination --email-address mara.lindqvist@example.com --region us-east-1',
  },
  'SES in its sandbox': {
    seed: (world) => {
      ready(world);
      seedMailAccount(world.account(response), mail({ production: false }));
    },
    what: 'SES is in its sandbox',
    command: /aws sesv2 put-account-details --production-access-enabled/,
  },
  'SES that does not send': {
    seed: (world) => {
      ready(world);
      seedMailAccount(world.account(response), mail({ sending: false }));
    },
    what: /sending is switched off/,
    command: /put-account-sending-attributes --sending-enabled/,
  },
  'SES too slow for the population': {
    seed: (world) => {
      ready(world);
      seedMailAccount(world.account(response), mail({ quota: [200, 1] }));
    },
    what: 'SES cannot tell 500 people (assumed: mail.population is not set) within a day (200 a day, 1 a second)',
    command:
      'aws service-quotas request-service-quota-increase --service-code ses --quota-code L-804C8AE8 --desired-value 500 --region us-east-1',
  },
  'a sender without DNS records': {
    seed: (world) => {
      ready(world);
      seedMailAccount(world.account(response), mail({ unverified: ['security.example.com'] }));
    },
    what: /security\.example\.com is not verified as sender/,
    command: /get-email-identity --email-identity security\.example\.com/,
  },
  'a trail that has stopped': {
    after: (drill) => {
      const trail = drill.world.account(clinic).trails.get('main');
      if (trail) trail.logging = false;
    },
    what: `northwind-clinic, us-east-1: reads and writes of objects are not recorded in ${bucket}`,
    command:
      /^aws cloudtrail put-event-selectors --trail-name main --region us-east-1 --advanced-event-selectors .*\(it replaces/,
  },
  'a trail that records writes only': {
    after: (drill) => {
      const trail = drill.world.account(clinic).trails.get('main');
      trail?.selectors.advanced[0]?.FieldSelectors.push({ Field: 'readOnly', Equals: ['false'] });
    },
    what: /not recorded in northwind-patient-records/,
    command: /put-event-selectors/,
  },
  'a survey that has not run for two days': {
    after: (drill) => drill.clock.runFor(48 * 3600),
    what: /^northwind-clinic: the survey last recorded the account at 2026/,
    command: /aws lambda invoke --function-name tourniquet-survey/,
  },
  'the key of the records disabled': {
    after: (drill) => disable(drill, response, 'alias/tourniquet-response', 'Disabled'),
    what: 'the key of the records cannot be used: it is Disabled',
    command: /^aws kms enable-key --key-id arn:aws:kms:us-east-1:222222222222:key\/\S+ --region us-east-1$/,
  },
  'the key of the evidence about to be deleted': {
    after: (drill) => disable(drill, forensic, 'alias/tourniquet-vault', 'PendingDeletion'),
    what: 'the key of the evidence cannot be used: it is PendingDeletion',
    command: /^aws kms cancel-key-deletion --key-id \S+ --region us-east-1 && aws kms enable-key/,
  },
};

function disable(drill: Rehearsal, account: string, alias: string, state: 'Disabled' | 'PendingDeletion'): void {
  for (const key of drill.world.account(account).keys.values()) if (key.alias === alias) key.state.set(state);
}

/** What hangs on something else that is broken: without observer nothing of the account can be looked at. */
const follows = (l: Line) => l.state === 'unknown' && l.what.endsWith('AWS answers AccessDenied');

describe('the doctor finds', () => {
  it.each(Object.entries(broken))('%s', async (_, { what, command, seed, after, settings: more }) => {
    const drill = await prepared({ ...(seed && { seed }), settings: { ...settings, ...more } });
    await after?.(drill);
    const found = wrong(await asked(drill));
    const [line, ...others] = found.filter((l) => !follows(l));
    expect(others).toEqual([]);
    expect(line).toMatchObject({
      state: 'missing',
      what: typeof what === 'string' ? what : expect.stringMatching(what),
      command: typeof command === 'string' ? command : expect.stringMatching(command),
      cost: expect.stringMatching(/ .* .* .* /),
    });
  });

  it('what AWS does not say, and looks on', async () => {
    const drill = await prepared({
      fault: (call) =>
        call.command === 'ListDetectors' && call.function === 'tourniquet-doctor'
          ? Object.assign(new Error('slow down'), { name: 'ThrottlingException', $metadata: {} })
          : undefined,
    });
    const found = await asked(drill);
    expect(wrong(found).map((l) => `${l.state} ${l.what}`)).toEqual([
      'unknown northwind-clinic, us-east-1: AWS answers ThrottlingException',
      'unknown response account, us-east-1: AWS answers ThrottlingException',
    ]);
  });

  it('that a check of ours is broken, and looks on', async () => {
    const drill = await prepared({
      fault: (call) => (call.command === 'DescribeKey' ? new TypeError('a fault of ours') : undefined),
    });
    const found = wrong(await asked(drill));
    expect(found).toMatchObject([{ state: 'unknown', what: 'Keys: the check itself failed (TypeError)' }]);
  });
});
