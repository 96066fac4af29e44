import { DescribeKeyCommand, KMSClient, ListGrantsCommand, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { JsonObject } from '../../../lambdas/core/json.ts';
import { delegatingPolicy } from '../../aws/kms/key.ts';
import type { World } from '../../aws/world.ts';
import type { Rehearsal } from '../../engine/rehearsal.ts';
import { type Scenario, status } from '../../engine/scenario.ts';
import finding from './finding.json' with { type: 'json' };

const clinic = '111122223333';
const stranger = '999988887777';
const region = 'us-east-1';
const bucket = 'northwind-patient-records';
const appointments = 'northwind-appointments';
const object = 'records/2026/11/intake-0001.json';
const key = `arn:aws:kms:${region}:${clinic}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const app = `arn:aws:iam::${clinic}:role/records-app`;
const deploy = `arn:aws:iam::${clinic}:role/deploy`;
const collector = `arn:aws:iam::${stranger}:role/collector`;
const reads = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::northwind-*' };
const use = { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:DescribeKey'], Resource: '*' };
const trusted = (Service: string) => ({
  Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
});

function seed(world: World): void {
  const account = world.account(clinic);
  account.addKey({
    arn: key,
    policy: delegatingPolicy(clinic),
    grants: [
      { grantee: collector, operations: ['Decrypt', 'DescribeKey'], name: 'nightly-sync' },
      {
        grantee: `dynamodb.${region}.amazonaws.com`,
        retiring: `dynamodb.${region}.amazonaws.com`,
        operations: ['Decrypt', 'Encrypt', 'GenerateDataKey'],
        constraints: { EncryptionContextSubset: { 'aws:dynamodb:tableName': 'appointments' } },
      },
    ],
  });
  account.addRole({
    name: 'records-app',
    trust: trusted('ecs-tasks.amazonaws.com'),
    inline: { records: { Statement: [reads, use] } },
  });
  account.addRole({
    name: 'deploy',
    trust: trusted('codebuild.amazonaws.com'),
    inline: { deploy: { Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }] } },
  });
  account.addBucket({
    name: bucket,
    region,
    encryption: { keyArn: key },
    objects: [{ key: object, body: '{"synthetic":true}' }],
  });
  account.addBucket({ name: appointments, region, objects: [{ key: object, body: '{"synthetic":true}' }] });
  world.account(stranger).addRole({
    name: 'collector',
    trust: trusted('ec2.amazonaws.com'),
    inline: { keys: { Statement: [use] } },
  });
}

async function attack(drill: Rehearsal): Promise<void> {
  const credentials = drill.world.roleCredentials(deploy, 'release-481');
  const kms = drill.aws.client(KMSClient, { region, credentials, sourceIp: '203.0.113.77' });
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId: key, PendingWindowInDays: 7 }));
  // the control is checked when the key changes
  await drill.clock.runFor(610);
}

const as = (drill: Rehearsal, role: string) => ({ region, credentials: drill.world.roleCredentials(role, 'probe') });

const read = (drill: Rehearsal, from: string) =>
  status(drill.aws.client(S3Client, as(drill, app)).send(new GetObjectCommand({ Bucket: from, Key: object })));

/** 200 while the clinic is refused its own records: that is what the attack is for */
const withheld = async (drill: Rehearsal) => ((await read(drill, bucket)) === 200 ? 404 : 200);

/** Whether the grant by which DynamoDB reads a table is in force. */
async function serviceGrant(drill: Rehearsal): Promise<number> {
  const kms = drill.aws.client(KMSClient, as(drill, deploy));
  const { Grants = [] } = await kms.send(new ListGrantsCommand({ KeyId: key }));
  return Grants.some((grant) => grant.GranteePrincipal?.startsWith('dynamodb.')) ? 200 : 404;
}

const scenario: Scenario = {
  id: 'key-at-risk',
  title: 'The key of the patient records is to be deleted',
  story:
    'Somebody with the rights of the deploy role scheduled the key of the patient records for deletion: they cannot be read since, and in seven days they are lost for good. Beside it a grant lets an account that nobody knows use the key.',
  start: '2026-11-21T01:55:15Z',
  seed,
  attack,
  events: () => [finding],
  probes: [
    { name: 'the clinic cannot read its records, because their key is to be deleted', kind: 'attack', call: withheld },
    {
      name: "the stranger's grant lets him use the key",
      kind: 'attack',
      call: (drill) =>
        status(drill.aws.client(KMSClient, as(drill, collector)).send(new DescribeKeyCommand({ KeyId: key }))),
    },
    {
      name: "the clinic's app reads an appointment, under another key",
      kind: 'care',
      call: (drill) => read(drill, appointments),
    },
    { name: 'DynamoDB holds its grant on the key, for a table', kind: 'care', call: serviceGrant },
  ],
  people: ({ approval }) =>
    approval.startsWith('restore-')
      ? { after: 60, person: 1, decision: 'approve', reason: 'rehearsal: the undo is practised too' }
      : { after: 45, person: 0, decision: 'approve', reason: 'we have no such partner' },
  restores: true,
  accounts: [clinic],
  keeps: (before, now) => {
    const keys = (stored: JsonObject) => stored.keys as Record<string, JsonObject>;
    const state = keys(now)[key]?.state ?? null;
    return { ...before, keys: { ...keys(before), [key]: { ...keys(before)[key], state } } };
  },
};
export default scenario;
