import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { anonymous, type World } from '../../aws/world.ts';
import type { Rehearsal } from '../../engine/rehearsal.ts';
import { type Scenario, status } from '../../engine/scenario.ts';
import finding from './finding.json' with { type: 'json' };

const clinic = '111122223333';
const lab = '444455556666';
const region = 'us-east-1';
const bucket = 'northwind-exports';
/** a made-up person: the key itself would name a patient */
const named = 'exports/2026/doe-jane-oncology.csv';
/** as in the finding */
const version = '3Xa9vKXbdZMuPcEXAMPLE';
const cleaned = '9Qd2mWTyHcLrNbEXAMPLE';
const price = 'exports/2026/price-list.csv';
const role = (account: string, name: string) => `arn:aws:iam::${account}:role/${name}`;
const objects = `arn:aws:s3:::${bucket}/*`;
const may = (...Action: string[]) => ({ Statement: [{ Effect: 'Allow', Action, Resource: objects }] });
const service = (Service: string) => ({
  Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
});

function seed(world: World): void {
  const account = world.account(clinic);
  account.addRole({
    name: 'exports-app',
    trust: service('ecs-tasks.amazonaws.com'),
    inline: { exports: may('s3:GetObject', 's3:PutObject') },
  });
  account.addRole({
    name: 'analytics',
    trust: service('glue.amazonaws.com'),
    inline: { read: may('s3:GetObject', 's3:GetObjectVersion', 's3:DeleteObjectVersionTagging') },
  });
  world.account(lab).addRole({
    name: 'results-reader',
    trust: service('lambda.amazonaws.com'),
    inline: { read: may('s3:GetObject', 's3:GetObjectVersion') },
  });
  account.addBucket({
    name: bucket,
    region,
    versioning: 'Enabled',
    policy: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'PartnerLab',
          Effect: 'Allow',
          Principal: { AWS: role(lab, 'results-reader') },
          Action: 's3:GetObject',
          Resource: objects,
        },
        { Sid: 'PriceListOnTheWebsite', Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: objects },
      ],
    },
    objects: [
      { key: price, body: 'synthetic prices' },
      { key: named, body: 'synthetic, with the cells blanked', versionId: cleaned },
      { key: named, body: 'synthetic', versionId: version, tags: { team: 'billing' } },
    ],
  });
}

const as = (drill: Rehearsal, arn?: string) =>
  drill.aws.client(S3Client, {
    region,
    credentials: arn === undefined ? anonymous : drill.world.roleCredentials(arn, 'session'),
  });
const read = (drill: Rehearsal, arn: string | undefined, Key: string, VersionId?: string) =>
  status(as(drill, arn).send(new GetObjectCommand({ Bucket: bucket, Key, VersionId })));

const scenario: Scenario = {
  id: 'sensitive-data-found',
  title: 'Macie finds patient data in an export',
  story:
    'A nightly export holds health insurance numbers, and lies in a bucket whose price list is on the website: anyone on the internet can read it. Nobody is known to have done so. Macie has looked into the bucket tonight; its finding arrives now.',
  start: '2026-11-21T02:30:05Z',
  seed,
  events: () => [finding],
  probes: [
    { name: 'anyone reads the export', kind: 'attack', call: (drill) => read(drill, undefined, named) },
    {
      name: 'the analytics job copies the export',
      kind: 'attack',
      call: (drill) => read(drill, role(clinic, 'analytics'), named, version),
    },
    {
      name: 'the partner lab reads the export',
      kind: 'attack',
      call: (drill) => read(drill, role(lab, 'results-reader'), named),
    },
    {
      name: 'the analytics job reads the earlier version of it',
      kind: 'care',
      call: (drill) => read(drill, role(clinic, 'analytics'), named, cleaned),
    },
    {
      name: "the clinic's app reads the price list",
      kind: 'care',
      call: (drill) => read(drill, role(clinic, 'exports-app'), price),
    },
    {
      name: 'the partner lab reads the price list',
      kind: 'care',
      call: (drill) => read(drill, role(lab, 'results-reader'), price),
    },
    {
      name: "the clinic's app writes an export",
      kind: 'care',
      call: (drill) => {
        const Key = 'exports/2026/probe.csv';
        const written = as(drill, role(clinic, 'exports-app')).send(
          new PutObjectCommand({ Bucket: bucket, Key, Body: 'synthetic' }),
        );
        return status(written).finally(() => drill.world.bucket(bucket)?.objects.delete(Key));
      },
    },
  ],
  people: ({ approval }) =>
    approval.startsWith('restore-')
      ? { after: 60, person: 1, decision: 'approve', reason: 'rehearsal: the undo is practised too' }
      : { after: 90, person: 0, decision: 'approve', reason: 'the export should never have had these columns' },
  restores: true,
  accounts: [clinic],
};
export default scenario;
