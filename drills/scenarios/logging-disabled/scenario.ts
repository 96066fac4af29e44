import { CloudTrailClient, PutEventSelectorsCommand, StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { DeleteFlowLogsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { recordsObjectReads } from '../../aws/cloudtrail-trails.ts';
import { seedRecorder } from '../../aws/config/service.ts';
import { seedFlowLog } from '../../aws/ec2/flow-logs.ts';
import { seedEc2 } from '../../aws/ec2/seed.ts';
import { seedDetector } from '../../aws/guardduty/service.ts';
import type { Credentials, World } from '../../aws/world.ts';
import type { Rehearsal } from '../../engine/rehearsal.ts';
import { type Scenario, status } from '../../engine/scenario.ts';
import finding from './finding.json' with { type: 'json' };

const clinic = '111122223333';
const region = 'us-east-1';
const bucket = 'northwind-patient-records';
const object = 'records/2026/11/intake-0001.json';
const leakedKey = 'AKIAIOSFODNN7EXAMPLE';
const app = `arn:aws:iam::${clinic}:role/records-app`;
const recorderRole = `arn:aws:iam::${clinic}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig`;
const vpc = 'vpc-0c11a1c0ffee00001';
const flowLog = 'fl-0c11a1c0ffee00001';

const reads = { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` };
const service = (Service: string) => ({
  Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
});

function seed(world: World): void {
  const account = world.account(clinic);
  account.addUser({
    name: 'ops-automation',
    inline: {
      ops: {
        Statement: [
          reads,
          {
            Effect: 'Allow',
            Action: ['cloudtrail:*', 'ec2:*FlowLogs', 'logs:*LogDelivery'],
            Resource: '*',
          },
        ],
      },
    },
    accessKeys: [{ id: leakedKey }],
  });
  account.addRole({
    name: 'records-app',
    trust: service('ecs-tasks.amazonaws.com'),
    inline: { records: { Statement: [reads] } },
  });
  account.addRole({
    name: 'AWSServiceRoleForConfig',
    path: '/aws-service-role/config.amazonaws.com/',
    trust: service('config.amazonaws.com'),
  });
  account.addBucket({ name: bucket, region, objects: [{ key: object, body: '{"synthetic":true}' }] });
  for (const name of ['northwind-trail', 'northwind-flow-logs', 'northwind-config'])
    account.addBucket({ name, region });
  account.addTrail({
    name: 'clinic',
    homeRegion: region,
    bucket: 'northwind-trail',
    dataResources: [{ Type: 'AWS::S3::Object', Values: [`arn:aws:s3:::${bucket}/`] }],
  });
  seedEc2(account, { region, vpcs: [{ id: vpc }] });
  seedFlowLog(account, { region, vpc, id: flowLog, destination: 'arn:aws:s3:::northwind-flow-logs' });
  seedRecorder(account, { region, role: recorderRole, bucket: 'northwind-config' });
  seedDetector(account, { region, id: '12abc34d567e8fa901bc2d34e56789f0', frequency: 'FIFTEEN_MINUTES' });
}

const trailOf = (drill: Rehearsal) =>
  drill.aws.client(CloudTrailClient, {
    region,
    credentials: drill.world.keyCredentials(leakedKey),
    sourceIp: '203.0.113.77',
  });

async function attack(drill: Rehearsal): Promise<void> {
  // the night before: what there is to go back to
  await drill.during(drill.invoke('tourniquet-survey', {}));
  await drill.clock.runFor(300);
  const credentials = drill.world.keyCredentials(leakedKey);
  const ec2 = drill.aws.client(EC2Client, { region, credentials, sourceIp: '203.0.113.77' });
  const blind = [{ ReadWriteType: 'WriteOnly' as const, IncludeManagementEvents: true }];
  await trailOf(drill).send(new PutEventSelectorsCommand({ TrailName: 'clinic', EventSelectors: blind }));
  await trailOf(drill).send(new StopLoggingCommand({ Name: 'clinic' }));
  await ec2.send(new DeleteFlowLogsCommand({ FlowLogIds: [flowLog] }));
  await read(drill, credentials);
  // GuardDuty takes its time
  await drill.clock.runFor(1800);
}

const read = (drill: Rehearsal, credentials: Credentials) =>
  status(
    drill.aws.client(S3Client, { region, credentials }).send(new GetObjectCommand({ Bucket: bucket, Key: object })),
  );

const scenario: Scenario = {
  id: 'logging-disabled',
  title: 'Somebody made the account blind',
  story:
    'With a leaked key the attacker stopped the trail, dropped its data events, deleted the flow logs of the VPC and then read records. The survey of the night before had written down how all of it was set. Half an hour later the finding names the key, and no trail.',
  start: '2026-11-21T02:10:15Z',
  seed,
  attack,
  events: () => [finding],
  probes: [
    {
      name: 'the leaked key stops the trail again',
      kind: 'attack',
      call: (drill) => status(trailOf(drill).send(new StopLoggingCommand({ Name: 'clinic' }))),
    },
    {
      name: 'the leaked key reads a record',
      kind: 'attack',
      call: (drill) => read(drill, drill.world.keyCredentials(leakedKey)),
    },
    {
      // 409: the attacker's aim is lost, because the trail writes the read down
      name: 'a record is read without a trace',
      kind: 'attack',
      call: async (drill) => {
        const seen = recordsObjectReads(drill.world, clinic, `arn:aws:s3:::${bucket}/${object}`);
        const answer = await read(drill, drill.world.roleCredentials(app, 'records-app'));
        return seen ? 409 : answer;
      },
    },
    {
      name: "the clinic's app reads a record",
      kind: 'care',
      call: (drill) => read(drill, drill.world.roleCredentials(app, 'records-app')),
    },
  ],
  people: ({ approval }) =>
    approval.startsWith('restore-')
      ? { after: 60, person: 1, decision: 'approve', reason: 'rehearsal: the undo is practised too' }
      : { after: 45, person: 0, decision: 'approve', reason: 'nobody of ours switched it off' },
  restores: true,
  accounts: [clinic],
};
export default scenario;
