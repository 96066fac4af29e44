import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedMailAccount } from '../drills/aws/sesv2-account.ts';
import { DrillClock } from '../drills/engine/clock.ts';
import type { FunctionCall } from '../drills/engine/fault.ts';
import { Rehearsal } from '../drills/engine/rehearsal.ts';
import { templates } from '../drills/engine/templates.ts';
import { warm } from '../drills/engine/warm.ts';
import leakedKey from '../drills/scenarios/leaked-access-key/scenario.ts';
import { settings as settingsSchema } from '../lambdas/core/settings.ts';
import { region, ticks } from './arrivals.ts';
import { byMail, counsel, drafts, officer, sends } from './notified.ts';

const root = new URL('../', import.meta.url);
const settings = settingsSchema.parse(JSON.parse(readFileSync(new URL('settings.example.json', root), 'utf8')));
const functions = readdirSync(new URL('lambdas/', root), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('/function.json'))
  .map((path) => ({
    name: path.split('/')[0] ?? '',
    uses: JSON.parse(readFileSync(new URL(`lambdas/${path}`, root), 'utf8')).uses as string[],
  }));

/** The word of function.json for one AWS call of a function. */
function useOf({ service, command, input }: FunctionCall): string {
  const given = JSON.stringify(input);
  const target = (pattern: RegExp) => pattern.exec(given)?.[1] ?? '?';
  const folder = target(/"Key":"([a-z]+)\//);
  const words: Record<string, string> = {
    'DynamoDB.GetItem': 'table:read',
    'DynamoDB.Query': 'table:read',
    'S3.PutObject': `${target(/"Bucket":"tourniquet-(vault)-/).replace('?', folder)}:write`,
    'STS.AssumeRole': `assume:${target(/role\/tourniquet-(?:organizations-)?(observer|responder)"/)}`,
    'SFN.StartExecution': `start:${target(/stateMachine:tourniquet-(\w+)"/)}`,
    'SFN.DescribeExecution': `start:${target(/execution:tourniquet-(\w+):/)}`,
    'SFN.SendTaskSuccess': 'tokens:answer',
    'SNS.Publish': 'topic:publish',
    'SESv2.SendEmail': 'mail:send',
    'SESv2.SendBulkEmail': 'mail:bulk',
    'SESv2.GetAccount': 'mail:quota',
    'S3.GetObject': `${folder}:read`,
    'S3.ListObjectVersions': `${target(/"Prefix":"([a-z]+)\//)}:look`,
    'KMS.DescribeKey': 'checks',
  };
  return words[`${service}.${command}`] ?? `${service}.${command}`;
}

const mine = (call: FunctionCall) => call.function.replace('tourniquet-', '');

/** The words for what one transaction writes: the partitions of each record, unless the function may put any. */
function writesOf(call: FunctionCall): string[] {
  if (functions.find(({ name }) => name === mine(call))?.uses.includes('table:write')) return ['table:write'];
  const partitions = [...JSON.stringify(call.input).matchAll(/"pk":\{"S":"([A-Z]+)[#"]/g)].map(([, word]) => word);
  const words: Record<string, string> = { LEDGER: 'ledger:write', MAILING: 'ledger:write' };
  return partitions.map((word) => words[word ?? ''] ?? `${word}:write`);
}

/** Calls that a function makes in a member account carry the member role's session, not its own rights. */
const asItself = (call: FunctionCall) =>
  !['IAM', 'CloudTrail', 'S3Control', 'ConfigService', 'GuardDuty', 'EC2', 'Organizations'].includes(call.service) &&
  !/^(Get|List|Head)/.test(call.command.replace(/^GetItem/, ''));

/** Reads of our own: the case bucket, and SES's quota (the doctor's reads are its checks'). */
const ofOurs = (call: FunctionCall) =>
  call.function !== 'tourniquet-doctor' &&
  (call.command === 'GetAccount' || (call.service === 'S3' && JSON.stringify(call.input).includes('tourniquet-cases')));

describe('every function of ours', () => {
  const seen = new Map<string, Set<string>>();
  let clock: DrillClock;
  let drill: Rehearsal;
  let incident: string;

  beforeAll(async () => {
    await warm();
    const stacks = await templates(settings);
    clock = new DrillClock(leakedKey.start);
    drill = new Rehearsal({
      clock,
      settings,
      templates: stacks,
      seed: (world) => {
        leakedKey.seed(world);
        seedMailAccount(world.account(settings.accounts.response), { region, production: true, quota: [50_000, 14] });
      },
      fault: (call) => {
        const name = mine(call);
        const words = call.command === 'TransactWriteItems' ? writesOf(call) : [useOf(call)];
        if (asItself(call) || ofOurs(call) || call.service === 'DynamoDB')
          seen.set(name, new Set([...(seen.get(name) ?? []), ...words]));
        // neither the plan nor the restore is started, so that the tick must; and one change fails, so that somebody is paged
        if ((name === 'intake' || name === 'console') && call.command === 'StartExecution')
          return Object.assign(new Error('no'), { name: 'Unavailable' });
        if (call.command === 'PutUserPolicy') return Object.assign(new Error('no'), { name: 'AccessDenied' });
        return undefined;
      },
      onAsked: ({ incident, approval }) => void answer(drill, incident, approval),
    });
    await drill.during(drill.invoke('tourniquet-survey', {}));
    await drill.during(drill.invoke('tourniquet-doctor', {}));
    await leakedKey.attack?.(drill);
    for (const event of leakedKey.events(drill)) drill.deliver(event);
    for (let n = 0; n < 8; n++) {
      await clock.runFor(300);
      await drill.during(drill.tick());
      await drill.settle();
    }
    incident =
      /INCIDENT#(\w+)/.exec(JSON.stringify([...drill.deployment.tables.values()].map((t) => t.snapshot())))?.[1] ?? '';
    await drafts(drill, incident, { people: byMail });
    // the console may not start it either: the tick must
    await sends(drill, incident).catch(() => undefined);
    await ticks(drill, 4);
    const mara = settings.onCall[0];
    if (mara)
      await drill
        .during(
          drill.asPerson(mara, 'POST', '/decisions', { decision: 'restore', incident, reason: 'a test of rights' }),
        )
        .catch(() => undefined);
    await clock.runFor(300);
    await drill.during(drill.tick());
    await drill.settle();
  });
  afterAll(() => clock.uninstall());

  async function answer(drill: Rehearsal, incident: string, approval: string): Promise<void> {
    const asks = approval.startsWith('notice-') ? approval.split('-').at(-1) : 'on-call';
    const person = { officer, counsel, 'on-call': settings.onCall[1] }[asks ?? ''];
    if (!person) return;
    const { body } = await drill.asPerson(person, 'GET', `/incidents/${incident}`);
    const asked = (body as unknown as { approvals: { id: string; hash: string; typed?: string }[] }).approvals.find(
      (a) => a.id === approval,
    );
    if (!asked) return;
    await drill.asPerson(person, 'POST', '/decisions', {
      decision: 'approve',
      incident,
      approval,
      hash: asked.hash,
      reason: 'a test of rights',
      ...(asked.typed === undefined ? {} : { typed: asked.typed }),
    });
  }

  it.each(functions)('$name declares exactly what it is seen to use', ({ name, uses }) => {
    expect([...(seen.get(name) ?? [])].sort()).toEqual([...uses].sort());
  });

  const bucket = () => drill.deployment.functions.get('tourniquet-console')?.environment.CASE_BUCKET;
  const as = (name: string, service: string, command: string, input: object) => {
    const role = drill.deployment.functions.get(`tourniquet-${name}`)?.roleArn ?? '';
    const credentials = drill.world.roleCredentials(role, 'other-code');
    return drill.during(drill.aws.send(service, command, input, credentials, region));
  };

  it.each([
    ...functions.map(({ name }): [string, string] => [name, 'recipients/CASE/2026-11-20.csv']),
    ['intake', 'mailing/CASE/notice/set/letters/000001.csv'],
    ['notify', 'mailing/CASE/notice/set/letters/000001.csv'],
    ['console', 'notices/CASE/notice/0-proof.json'],
    ['send-slice', 'drafts/CASE/0.json'],
  ])('%s may not put %s', async (name, key) => {
    const put = { Bucket: bucket(), Key: key.replace('CASE', incident), Body: 'somebody else' };
    await expect(as(name, 'S3', 'PutObject', put)).rejects.toThrow(/AccessDenied|not authorized|Access Denied/);
  });

  it.each(['console', 'notify', 'intake'])('%s may not read a list of recipients', async (name) => {
    const Key = `recipients/${incident}/2026-11-20.csv`;
    await expect(as(name, 'S3', 'GetObject', { Bucket: bucket(), Key })).rejects.toThrow(/denied|not authorized/i);
  });

  it.each(['send-slice', 'mail-events'])('%s may not write a decision or a setting', async (name) => {
    for (const pk of ['SETTING', 'BRAKE', 'TARGET#x']) {
      const Put = {
        TableName: drill.deployment.functions.get('tourniquet-console')?.environment.TABLE,
        Item: { pk: { S: pk }, sk: { S: 'pause' }, rev: { N: '1' }, record: { M: {} } },
      };
      await expect(as(name, 'DynamoDB', 'TransactWriteItems', { TransactItems: [{ Put }] })).rejects.toThrow(
        /not authorized/,
      );
    }
  });
});
