import { SESv2Client, SendEmailCommand, type SendEmailCommandInput } from '@aws-sdk/client-sesv2';
import { describe, expect, it } from 'vitest';
import { account, region, sampleStage } from './sampleStack.ts';

const letter: SendEmailCommandInput = {
  FromEmailAddress: 'Tourniquet <tourniquet@clinic.example>',
  Destination: { ToAddresses: ['on-call@clinic.example'] },
  Content: {
    Simple: { Subject: { Data: 'Case INC-1' }, Body: { Text: { Data: 'text' }, Html: { Data: '<p>html</p>' } } },
  },
  ConfigurationSetName: 'staff',
  EmailTags: [{ Name: 'case', Value: 'INC-1' }],
};

function stage() {
  const made = sampleStage();
  const client = made.aws.client(SESv2Client, { region, credentials: made.worker });
  const send = (input: Partial<SendEmailCommandInput>) => client.send(new SendEmailCommand({ ...letter, ...input }));
  return { ...made, send, mailed: made.deployment.outbox.mailed };
}

const simple = (Subject: string, Body: object) => ({ Content: { Simple: { Subject: { Data: Subject }, Body } } });

describe('SendEmail', () => {
  it('puts both bodies into the outbox, with the TLS policy that the message went through', async () => {
    const { send, mailed } = stage();
    const { MessageId } = await send({});
    expect(mailed).toEqual([
      {
        messageId: MessageId,
        from: 'Tourniquet <tourniquet@clinic.example>',
        to: ['on-call@clinic.example'],
        cc: [],
        bcc: [],
        subject: 'Case INC-1',
        text: 'text',
        html: '<p>html</p>',
        configurationSet: 'staff',
        tlsPolicy: 'REQUIRE',
        tags: { case: 'INC-1' },
        at: '2026-11-22T03:00:00Z',
      },
    ]);
  });

  it('goes through the configuration set of the identity when it names none', async () => {
    const { send, mailed } = stage();
    await send({ ConfigurationSetName: undefined });
    expect(mailed[0]).toMatchObject({ configurationSet: 'staff', tlsPolicy: 'REQUIRE' });
  });

  it('takes 50 recipients of all kinds together, and not 51', async () => {
    const { send, mailed } = stage();
    const people = (count: number) => Array.from({ length: count }, (_, n) => `p${n}@clinic.example`);
    await send({ Destination: { ToAddresses: people(20), CcAddresses: people(20), BccAddresses: people(10) } });
    await expect(send({ Destination: { ToAddresses: people(20), CcAddresses: people(31) } })).rejects.toThrow(
      'exceeds 50',
    );
    expect(mailed).toHaveLength(1);
  });

  it.each<[string, Partial<SendEmailCommandInput>, string]>([
    ['a configuration set that is not deployed', { ConfigurationSetName: 'none' }, 'NotFoundException'],
    ['no recipient', { Destination: {} }, 'BadRequestException'],
    ['a recipient that is no address', { Destination: { ToAddresses: ['nobody'] } }, 'BadRequestException'],
    [
      'a recipient with a line break',
      { Destination: { ToAddresses: ['a@clinic.example\nBcc: b@c.example'] } },
      'BadRequestException',
    ],
    ['a sender with a line break', { FromEmailAddress: 'A\nB <a@clinic.example>' }, 'BadRequestException'],
    ['a subject with a line break', simple('a\r\nBcc: b@c.example', { Text: { Data: 'x' } }), 'BadRequestException'],
    ['a message without body', simple('a', {}), 'BadRequestException'],
    ['a tag that is more than a word', { EmailTags: [{ Name: 'bucket', Value: 'a.b' }] }, 'BadRequestException'],
    ['a raw message', { Content: { Raw: { Data: new Uint8Array(1) } } }, 'NotModelled'],
    ['a reply-to address', { ReplyToAddresses: ['a@clinic.example'] }, 'NotModelled'],
  ])('refuses %s', async (_what, input, name) => {
    const { send, mailed } = stage();
    await expect(send(input)).rejects.toMatchObject({ name });
    expect(mailed).toEqual([]);
  });

  it('refuses a sender that is not verified in this account and Region', async () => {
    const { deployment, send, mailed, aws, worker } = stage();
    const elsewhere = aws.client(SESv2Client, { region: 'eu-west-1', credentials: worker });
    await expect(elsewhere.send(new SendEmailCommand(letter))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    deployment.mail.identities = new Map();
    await expect(send({})).rejects.toMatchObject({
      name: 'MessageRejected',
      message: expect.stringContaining('not verified'),
    });
    expect(mailed).toEqual([]);
  });

  it('is authorised on the identity and on the configuration set', async () => {
    const { aws, reader, send, mailed } = stage();
    const client = aws.client(SESv2Client, { region, credentials: reader });
    await expect(client.send(new SendEmailCommand(letter))).rejects.toThrow('identity/clinic.example');
    const role = aws.world.role(`arn:aws:iam::${account}:role/worker`);
    role?.inline.seed({
      work: (role.inline.stored.work ?? '').replace('configuration-set/*', 'configuration-set/other'),
    });
    await expect(send({})).rejects.toThrow('configuration-set/staff');
    expect(mailed).toEqual([]);
  });
});
