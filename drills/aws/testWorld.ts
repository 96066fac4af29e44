import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { IAMClient } from '@aws-sdk/client-iam';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { S3ControlClient } from '@aws-sdk/client-s3-control';
import { STSClient } from '@aws-sdk/client-sts';
import { Temporal } from 'temporal-polyfill';
import type { JsonObject } from '../../lambdas/core/json.ts';
import { SimulatedAws } from './aws.ts';
import { coreServices } from './services.ts';
import { anonymous, type Credentials, World } from './world.ts';

export const region = 'eu-central-1';
/** The account under test, and one that is foreign to it. */
export const clinic = '111122223333';
export const partner = '444455556666';

export const allow = (
  Action: string | string[],
  Resource: string | string[] = '*',
  more: JsonObject = {},
): JsonObject => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
export const deny = (
  Action: string | string[],
  Resource: string | string[] = '*',
  more: JsonObject = {},
): JsonObject => ({
  ...allow(Action, Resource, more),
  Effect: 'Deny',
});
export const policy = (...Statement: JsonObject[]): JsonObject => ({ Version: '2012-10-17', Statement });
export const trust = (Principal: JsonObject | string, more: JsonObject = {}): JsonObject =>
  policy({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal, ...more });

/** A world with its own clock, real SDK clients, and short words for what tests ask again and again. */
export function testWorld() {
  let now = Temporal.Instant.from('2026-11-03T02:14:07.250Z');
  const clock = () => now;
  const world = new World(clock);
  const aws = new SimulatedAws({ now: clock, world, services: coreServices(world) });
  let users = 0;
  const client =
    <C extends Parameters<SimulatedAws['wire']>[0]>(
      Ctor: new (config: { region: string; credentials: Credentials }) => C,
    ) =>
    (credentials: Credentials, options: { region?: string; sourceIp?: string } = {}) =>
      aws.client(Ctor, { region, credentials, ...options });
  const s3 = client(S3Client);
  return {
    world,
    aws,
    s3,
    iam: client(IAMClient),
    sts: client(STSClient),
    s3Control: client(S3ControlClient),
    cloudTrail: client(CloudTrailClient),
    /** lets replicated changes take effect */
    wait(duration: Temporal.DurationLike = { seconds: 5 }) {
      now = now.add(duration);
    },
    /** long-term credentials of a new user with these identity statements */
    userWith(account: string, ...statements: JsonObject[]): Credentials & { userName: string } {
      users += 1;
      const userName = `user-${users}`;
      const id = world.nextId('AKIA');
      world.account(account).addUser({
        name: userName,
        ...(statements.length > 0 && { inline: { own: policy(...statements) } }),
        accessKeys: [{ id }],
      });
      return { ...world.keyCredentials(id), userName };
    },
    /** `200`, or the name of the error, of one GetObject */
    async read(credentials: Credentials, Bucket: string, Key = 'patients.csv', sourceIp?: string): Promise<string> {
      const made = s3(credentials, sourceIp === undefined ? {} : { sourceIp });
      return outcome(made.send(new GetObjectCommand({ Bucket, Key })));
    },
    readAnonymously: (Bucket: string, Key = 'patients.csv') =>
      outcome(s3(anonymous).send(new GetObjectCommand({ Bucket, Key }))),
  };
}

/** `200`, or the error's name: what a probe sees. */
export async function outcome(answer: Promise<unknown>): Promise<string> {
  try {
    await answer;
    return '200';
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}
