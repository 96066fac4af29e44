import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetAccountSettingsCommand, GetFunctionConcurrencyCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetFindingsPublicationConfigurationCommand,
  GetMacieSessionCommand,
  Macie2Client,
} from '@aws-sdk/client-macie2';
import {
  GetAccountCommand,
  GetEmailIdentityCommand,
  GetSuppressedDestinationCommand,
  SESv2Client,
} from '@aws-sdk/client-sesv2';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { type SdkClient, SimulatedAws } from './aws.ts';
import type { DeployedFunction } from './cloudformation/deployment.ts';
import { delegatingPolicy } from './kms/key.ts';
import { kmsService } from './kms/service.ts';
import { lambdaService, seedLambdaLimit } from './lambda.ts';
import { macieService, seedMacie } from './macie2.ts';
import { mailKey } from './sesv2.ts';
import { seedMailAccount, sesAccountCommands } from './sesv2-account.ts';
import { type Credentials, World } from './world.ts';

const id = '111122223333';
const region = 'us-east-1';
const now = () => Temporal.Instant.from('2026-03-01T10:00:00Z');

/** An account with a user whose one policy allows these actions, under this condition. */
function stage(actions: string[], condition?: object) {
  const world = new World(now);
  const account = world.account(id);
  const Statement = [{ Effect: 'Allow', Action: actions, Resource: '*', ...(condition && { Condition: condition }) }];
  account.addUser({
    name: 'reader',
    inline: { read: { Version: '2012-10-17', Statement } as never },
    accessKeys: [{ id: 'AKIAIOSFODNN7EXAMPLE' }],
  });
  const reserved = { name: 'ours', account: id, region, reservedConcurrency: 10 } as DeployedFunction;
  const mail = { identities: new Map([[mailKey(id, region, 'example.com'), {}]]), configurationSets: new Map() };
  const services = {
    Macie2: macieService(world),
    SESv2: sesAccountCommands(world, mail),
    Lambda: lambdaService(world, new Map([['ours', reserved]])),
    KMS: kmsService(world),
  };
  const aws = new SimulatedAws({ now, world, services });
  const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret of AKIAIOSFODNN7EXAMPLE' };
  const client = <C extends SdkClient>(kind: new (c: { region: string; credentials: Credentials }) => C) =>
    aws.client(kind, { region, credentials });
  return { account, client };
}

const outcome = (call: Promise<unknown>) =>
  call.then(
    () => 'ok',
    (error: Error) => `${error.name}: ${error.message}`,
  );

describe('Macie', () => {
  it('denies access where it was never switched on, as it does to whoever may not ask', async () => {
    const { account, client } = stage(['macie2:GetMacieSession']);
    const macie = client(Macie2Client);
    const ask = () => macie.send(new GetMacieSessionCommand({}));
    expect(await outcome(ask())).toBe('AccessDeniedException: Macie is not enabled.');
    seedMacie(account, { region });
    expect((await ask()).status).toBe('ENABLED');
    expect(await outcome(macie.send(new GetFindingsPublicationConfigurationCommand({})))).toMatch(
      /^AccessDeniedException: User/,
    );
  });
});

describe('SES', () => {
  it('keeps a new account in the sandbox', async () => {
    const { account, client } = stage(['ses:*']);
    const ses = client(SESv2Client);
    expect(await ses.send(new GetAccountCommand({}))).toMatchObject({
      ProductionAccessEnabled: false,
      SendQuota: { Max24HourSend: 200, MaxSendRate: 1 },
    });
    const suppressed = () => ses.send(new GetSuppressedDestinationCommand({ EmailAddress: 'a@example.com' }));
    expect(await outcome(suppressed())).toMatch(/^NotFoundException/);
    seedMailAccount(account, { region, suppressed: ['a@example.com'], unverified: ['example.com'] });
    expect(await outcome(suppressed())).toBe('ok');
    const identity = new GetEmailIdentityCommand({ EmailIdentity: 'example.com' });
    expect((await ses.send(identity)).VerifiedForSendingStatus).toBe(false);
    expect(await outcome(ses.send(new GetEmailIdentityCommand({ EmailIdentity: 'example.org' })))).toMatch(/NotFound/);
  });
});

describe('Lambda', () => {
  it("takes what is reserved off the account's limit", async () => {
    const { account, client } = stage(['lambda:*']);
    const lambda = client(LambdaClient);
    const limit = async () => (await lambda.send(new GetAccountSettingsCommand({}))).AccountLimit;
    expect(await limit()).toMatchObject({ ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 990 });
    seedLambdaLimit(account, region, 100);
    expect(await limit()).toMatchObject({ ConcurrentExecutions: 100, UnreservedConcurrentExecutions: 90 });
    const of = (FunctionName: string) => lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }));
    expect((await of('ours')).ReservedConcurrentExecutions).toBe(10);
    expect(await outcome(of('theirs'))).toMatch(/^ResourceNotFoundException/);
  });
});

describe('KMS', () => {
  it('finds a key by its alias, and tells the policies which alias was asked for', async () => {
    const { account, client } = stage(['kms:DescribeKey'], { StringEquals: { 'kms:RequestAlias': 'alias/one' } });
    const arn = `arn:aws:kms:${region}:${id}:key/1`;
    account.addKey({ arn, policy: delegatingPolicy(id) }).alias = 'alias/one';
    const describeKey = (KeyId: string) => client(KMSClient).send(new DescribeKeyCommand({ KeyId }));
    expect((await describeKey(`arn:aws:kms:${region}:${id}:alias/one`)).KeyMetadata?.Arn).toBe(arn);
    expect(await outcome(describeKey(arn))).toMatch(/^AccessDenied/);
    expect(await outcome(describeKey(`arn:aws:kms:${region}:${id}:alias/two`))).toMatch(/^NotFoundException/);
  });
});
