import type { MessageAttributeValue, PublishInput, PublishResponse } from '@aws-sdk/client-sns';
import { sha256 } from '../../lambdas/core/json.ts';
import { AwsError, type Call, type Command, type Need, type Service } from './kernel.ts';
import { onlyModelled } from './modelled.ts';
import type { Outbox, PublishedMessage } from './outbox.ts';

export interface Topic {
  name: string;
  arn: string;
  account: string;
  region: string;
  /** the customer managed key that encrypts the topic */
  keyArn?: string;
  /** the topic policy's text */
  policy?: string;
}

/** Publish reference: 256 KiB of message and attributes together. */
const messageBytes = 262_144;

function refused(name: string, reason: string): AwsError {
  return new AwsError('InvalidParameterException', 400, `Invalid parameter: ${name} Reason: ${reason}`);
}

function needs(topics: ReadonlyMap<string, Topic>, arn: string, call: Call): Need[] {
  const owner = arn.split(':')[4] ?? '';
  const publish: Need = { action: 'sns:Publish', resource: arn, owner };
  const keyArn = topics.get(arn)?.keyArn;
  if (keyArn === undefined) return [publish];
  const context = {
    'kms:ViaService': `sns.${call.region}.amazonaws.com`,
    'kms:EncryptionContext:aws:sns:topicArn': arn,
  };
  const key = { resource: keyArn, owner: keyArn.split(':')[4] ?? '', context };
  return [publish, { action: 'kms:GenerateDataKey', ...key }, { action: 'kms:Decrypt', ...key }];
}

function attributesOf(attributes: Record<string, MessageAttributeValue>): PublishedMessage['attributes'] {
  const read: PublishedMessage['attributes'] = {};
  for (const [name, value] of Object.entries(attributes)) {
    onlyModelled(value, ['DataType', 'StringValue'], `Publish.MessageAttributes.${name}`);
    const { DataType, StringValue } = value;
    if (DataType === undefined || StringValue === undefined || StringValue === '')
      throw new AwsError(
        'InvalidParameterValueException',
        400,
        `The message attribute '${name}' must contain a non-empty type and value`,
      );
    read[name] = { DataType, StringValue };
  }
  return read;
}

function publish(
  topics: ReadonlyMap<string, Topic>,
  outbox: Pick<Outbox, 'published'>,
): Command<PublishInput, PublishResponse> {
  return {
    parameters: ['TopicArn', 'Subject', 'Message', 'MessageAttributes'],
    needs: ({ TopicArn }, call) => needs(topics, TopicArn ?? '', call),
    run({ TopicArn, Subject, Message, MessageAttributes }, call) {
      if (TopicArn === undefined || !/^arn:aws:sns:[a-z0-9-]+:\d{12}:[\w.-]+$/.test(TopicArn))
        throw refused('TopicArn', 'An ARN must have at least 6 elements, not 1');
      const topic = topics.get(TopicArn);
      if (!topic) throw new AwsError('NotFoundException', 404, 'Topic does not exist');
      // narrower than the API's own words (UTF-8 since 2024): a subject that passes here passes everywhere
      if (Subject !== undefined && !/^[\x20-\x7e]{1,100}$/.test(Subject))
        throw refused('Subject', 'must be 1 to 100 printable ASCII characters without line breaks');
      if (Message === undefined || Message === '') throw refused('Message', 'Empty message');
      const attributes = attributesOf(MessageAttributes ?? {});
      if (Buffer.byteLength(Message) + Buffer.byteLength(JSON.stringify(attributes)) > messageBytes)
        throw refused('Message', 'Message too long');
      const messageId = sha256(`${TopicArn} ${outbox.published.length}`).slice(0, 32);
      outbox.published.push({
        messageId,
        topicArn: topic.arn,
        ...(Subject !== undefined && { subject: Subject }),
        message: Message,
        attributes,
        at: call.now.toString(),
      });
      return { MessageId: messageId };
    },
  };
}

/** Service `SNS`: Publish to a deployed topic, into the outbox. */
export function sns(topics: ReadonlyMap<string, Topic>, outbox: Pick<Outbox, 'published'>): Service {
  return { Publish: publish(topics, outbox) };
}
