import { SESv2Client, SendBulkEmailCommand, type SendBulkEmailCommandInput } from '@aws-sdk/client-sesv2';
import { describe, expect, it } from 'vitest';
import { account, region, sampleStage } from './sampleStack.ts';
import { seedMailAccount } from './sesv2-account.ts';

const entry = (to: string, name = 'Jane') => ({
  Destination: { ToAddresses: [to] },
  ReplacementTags: [{ Name: 'row', Value: '2' }],
  ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: JSON.stringify({ name }) } },
});
const call: SendBulkEmailCommandInput = {
  FromEmailAddress: 'privacy@clinic.example',
  ConfigurationSetName: 'staff',
  DefaultContent: { Template: { TemplateContent: { Subject: 'A notice', Text: 'Dear {{name}}' }, TemplateData: '{}' } },
  BulkEmailEntries: [entry('jane@example.com')],
};

function stage(quota: [number, number] = [50_000, 14]) {
  const made = sampleStage();
  seedMailAccount(made.aws.world.account(account), { region, production: true, quota });
  const role = made.aws.world.role(`arn:aws:iam::${account}:role/worker`);
  role?.inline.seed({ work: (role.inline.stored.work ?? '').replace('"ses:SendEmail"', '"ses:SendBulkEmail"') });
  const client = made.aws.client(SESv2Client, { region, credentials: made.worker });
  const events: Record<string, unknown>[] = [];
  made.deployment.outbox.tells = (event) => void events.push(event);
  const staff = [...made.deployment.mail.configurationSets].find(([key]) => key.endsWith(' staff'));
  if (staff) staff[1].events = ['send', 'delivery', 'bounce', 'complaint'];
  const send = (more: Partial<SendBulkEmailCommandInput> = {}) =>
    client.send(new SendBulkEmailCommand({ ...call, ...more }));
  return { ...made, send, events, mailed: made.deployment.outbox.mailed };
}

const types = (events: Record<string, unknown>[]) => events.map((e) => (e.detail as { eventType: string }).eventType);

describe('SendBulkEmail', () => {
  it('fills in each message, answers for each, and tells what became of it by its tags', async () => {
    const { send, events, mailed } = stage();
    const { BulkEmailEntryResults } = await send({
      BulkEmailEntries: [entry('jane@example.com'), entry('bounce@example.com', '<J>'), entry('complaint@example.com')],
    });
    expect(BulkEmailEntryResults?.map((r) => r.Status)).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS']);
    expect(mailed.map((m) => m.text)).toEqual(['Dear Jane', 'Dear <J>', 'Dear Jane']);
    expect(types(events)).toEqual(['Send', 'Delivery', 'Send', 'Bounce', 'Send', 'Delivery', 'Complaint']);
    expect(events[0]).toMatchObject({
      source: 'aws.ses',
      detail: { mail: { tags: { row: ['2'], 'ses:configuration-set': ['staff'] } } },
    });
  });

  it('throttles one address once, and all when the quota of 24 hours is used up', async () => {
    const { send, mailed } = stage([2, 1]);
    const status = async (to: string) =>
      (await send({ BulkEmailEntries: [entry(to)] })).BulkEmailEntryResults?.[0]?.Status;
    const got = [await status('throttled@x.example'), await status('throttled@x.example'), await status('a@x.example')];
    expect(got).toEqual(['ACCOUNT_THROTTLED', 'SUCCESS', 'SUCCESS']);
    expect(await status('b@x.example')).toBe('ACCOUNT_DAILY_QUOTA_EXCEEDED');
    expect(mailed).toHaveLength(2);
  });

  it.each<[string, Partial<SendBulkEmailCommandInput>, string]>([
    ['51 destinations', { BulkEmailEntries: Array(51).fill(entry('a@example.com')) }, 'BadRequestException'],
    ['no destination', { BulkEmailEntries: [] }, 'BadRequestException'],
    [
      'a variable without a value',
      { BulkEmailEntries: [{ Destination: { ToAddresses: ['a@example.com'] } }] },
      'BadRequestException',
    ],
    [
      'a tag that is no word',
      { BulkEmailEntries: [{ ...entry('a@example.com'), ReplacementTags: [{ Name: 'a', Value: 'b.c' }] }] },
      'BadRequestException',
    ],
    ['a configuration set that is not deployed', { ConfigurationSetName: 'none' }, 'NotFoundException'],
    ['a stored template', { DefaultContent: { Template: { TemplateName: 'x' } } }, 'NotModelled'],
    ['reply-to addresses', { ReplyToAddresses: ['a@example.com'] }, 'NotModelled'],
  ])('refuses %s', async (_, more, name) => {
    const { send, mailed } = stage();
    await expect(send(more)).rejects.toMatchObject({ name });
    expect(mailed).toEqual([]);
  });

  it('is authorised on the identity and on the configuration set', async () => {
    const { send, aws } = stage();
    const role = aws.world.role(`arn:aws:iam::${account}:role/worker`);
    role?.inline.seed({
      work: (role.inline.stored.work ?? '').replace('configuration-set/*', 'configuration-set/other'),
    });
    await expect(send()).rejects.toThrow('configuration-set/staff');
  });
});
