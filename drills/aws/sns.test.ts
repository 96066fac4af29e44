import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { account, region, sampleStage } from './sampleStack.ts';

const TopicArn = `arn:aws:sns:${region}:${account}:on-call`;

function stage() {
  const made = sampleStage();
  const client = made.aws.client(SNSClient, { region, credentials: made.worker });
  const publish = (input: object) => client.send(new PublishCommand({ TopicArn, Message: 'hello', ...input }));
  return { ...made, client, publish, published: made.deployment.outbox.published };
}

describe('Publish', () => {
  it('puts the message into the outbox and nowhere else', async () => {
    const { publish, published } = stage();
    const MessageAttributes = { case: { DataType: 'String', StringValue: 'INC-1' } };
    const { MessageId } = await publish({ Subject: 'Case INC-1', MessageAttributes });
    expect(published).toEqual([
      {
        messageId: MessageId,
        topicArn: TopicArn,
        subject: 'Case INC-1',
        message: 'hello',
        attributes: { case: { DataType: 'String', StringValue: 'INC-1' } },
        at: '2026-11-22T03:00:00Z',
      },
    ]);
    await publish({});
    expect(new Set(published.map(({ messageId }) => messageId)).size).toBe(2);
  });

  it('takes a subject of 1 to 100 printable ASCII characters, and no other', async () => {
    const { publish, published } = stage();
    await publish({ Subject: 'x'.repeat(100) });
    const hostile = fc.oneof(
      fc.string({ minLength: 1 }).map((s) => `${s}\nBcc: x`),
      fc.string({ minLength: 101, maxLength: 120 }),
      fc.constant(''),
      fc.string().map((s) => `${s}é`),
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (Subject) => {
        await expect(publish({ Subject })).rejects.toMatchObject({ name: 'InvalidParameterException' });
      }),
    );
    expect(published).toHaveLength(1);
  });

  it.each([
    ['an unknown topic', { TopicArn: `${TopicArn}s` }, 'AuthorizationErrorException'],
    ['an empty message', { Message: '' }, 'InvalidParameterException'],
    ['a message over 256 KiB', { Message: 'é'.repeat(131_073) }, 'InvalidParameterException'],
    [
      'an attribute without value',
      { MessageAttributes: { a: { DataType: 'String', StringValue: '' } } },
      'InvalidParameterValueException',
    ],
    ['a telephone number', { TopicArn: undefined, PhoneNumber: '+15555550100' }, 'NotModelled'],
    [
      'a binary attribute',
      { MessageAttributes: { a: { DataType: 'Binary', BinaryValue: new Uint8Array(1) } } },
      'NotModelled',
    ],
  ])('refuses %s', async (_what, input, name) => {
    const { publish, published } = stage();
    await expect(publish(input)).rejects.toMatchObject({ name });
    expect(published).toEqual([]);
  });

  it('says that a topic does not exist to a caller who may publish to it', async () => {
    const made = stage();
    made.deployment.topics.clear();
    await expect(made.publish({})).rejects.toMatchObject({ name: 'NotFoundException' });
  });

  it('asks for both key rights on an encrypted topic', async () => {
    const made = stage();
    const { policy } = [...made.aws.world.account(account).keys.values()][0] ?? {};
    policy?.seed(policy.stored.replace('kms:*', 'kms:GenerateDataKey'));
    await expect(made.publish({})).rejects.toThrow('kms:Decrypt');
    policy?.seed(policy.stored.replace('kms:GenerateDataKey', 'kms:Decrypt'));
    await expect(made.publish({})).rejects.toThrow('kms:GenerateDataKey');
    expect(made.published).toEqual([]);
  });

  it('obeys the policy of the topic', async () => {
    const { deployment, publish, published } = stage();
    const topic = deployment.topics.get(TopicArn);
    const deny = { Effect: 'Deny', Principal: '*', Action: 'sns:Publish', Resource: TopicArn };
    if (topic) topic.policy = JSON.stringify({ Version: '2012-10-17', Statement: [deny] });
    await expect(publish({})).rejects.toMatchObject({ name: 'AuthorizationErrorException' });
    expect(published).toEqual([]);
  });

  it('refuses a role without sns:Publish', async () => {
    const { aws, reader, published } = stage();
    const client = aws.client(SNSClient, { region, credentials: reader });
    await expect(client.send(new PublishCommand({ TopicArn, Message: 'x' }))).rejects.toThrow('sns:Publish');
    expect(published).toEqual([]);
  });
});
