import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { html } from 'hono/html';
import { type Message, sections, subject, text } from '../core/message.ts';
import type { Person } from '../core/settings.ts';
import { type Platform, variable } from './platform.ts';

async function page(message: Message): Promise<string> {
  const rows = sections(message).map(
    ({ heading, lines }) => html`<h2 style="font-size:15px;margin:16px 0 4px">${heading}</h2>
${lines.map((line) => html`<p style="margin:2px 0">${line}</p>`)}`,
  );
  return String(
    await html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${subject(message)}</title></head>
<body style="font:15px/1.5 sans-serif;color:#1a1a1a;max-width:640px;margin:16px">
<h1 style="font-size:19px;margin:0 0 8px">${subject(message)}</h1>
${message.drill ? html`<p style="border:2px solid #1a1a1a;padding:8px"><strong>DRILL</strong>: no real account is touched.</p>` : ''}
${rows}
<p style="margin-top:16px"><a href="${message.link}">Open the case</a> (sign-in needed; opening it changes nothing)</p>
</body></html>`,
  );
}

/**
 * Tells people by mail and topic. Both are tried; what failed is named, and one channel that worked is enough to have told.
 * Throws only when every channel failed.
 */
export async function send(
  platform: Platform,
  message: Message,
  to: Person[],
): Promise<{ told: string[]; failed: string[] }> {
  const attempts: [string, Promise<unknown>][] = [
    [
      'topic',
      platform.client(SNSClient).send(
        new PublishCommand({
          TopicArn: variable(platform, 'TOPIC_ARN'),
          Subject: subject(message),
          Message: text(message),
          // each subscription takes only what names its reader
          MessageAttributes: {
            to: { DataType: 'String.Array', StringValue: JSON.stringify(to.map((p) => p.email)) },
          },
        }),
      ),
    ],
  ];
  if (to.length > 0) attempts.push([`mail to ${to.map((p) => p.name).join(', ')}`, mail(platform, message, to)]);
  const results = await Promise.allSettled(attempts.map(([, sent]) => sent));
  const told: string[] = [];
  const failed: string[] = [];
  results.forEach((result, i) => {
    const channel = attempts[i]?.[0] ?? '';
    if (result.status === 'fulfilled') told.push(channel);
    else failed.push(`${channel}: ${result.reason instanceof Error ? result.reason.name : 'unknown error'}`);
  });
  if (told.length === 0)
    throw new AggregateError(
      results.map((r) => (r.status === 'rejected' ? r.reason : undefined)),
      `nobody could be told: ${failed.join('; ')}`,
    );
  return { told, failed };
}

async function mail(platform: Platform, message: Message, to: Person[]) {
  return platform.client(SESv2Client).send(
    new SendEmailCommand({
      FromEmailAddress: variable(platform, 'MAIL_FROM'),
      ConfigurationSetName: variable(platform, 'MAIL_CONFIGURATION_SET'),
      Destination: { ToAddresses: to.map((p) => p.email) },
      Content: {
        Simple: {
          Subject: { Data: subject(message), Charset: 'UTF-8' },
          Body: {
            Text: { Data: text(message), Charset: 'UTF-8' },
            Html: { Data: await page(message), Charset: 'UTF-8' },
          },
        },
      },
    }),
  );
}
