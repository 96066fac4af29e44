import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { html } from 'hono/html';
import { type Message, sections, subject, written } from '../core/message.ts';
import type { Person } from '../core/settings.ts';
import { type Platform, variable } from './platform.ts';

/** What is told, in sections that text and HTML both show. `subject`: fewer than 100 ASCII characters on one line. */
export interface Note {
  subject: string;
  drill: boolean;
  sections: { heading: string; lines: string[] }[];
  /** the case, for what is about one */
  link?: string;
}

async function page({ subject: title, drill, sections: all, link }: Note): Promise<string> {
  const rows = all.map(
    ({ heading, lines }) => html`<h2 style="font-size:15px;margin:16px 0 4px">${heading}</h2>
${lines.map((line) => html`<p style="margin:2px 0">${line}</p>`)}`,
  );
  return String(
    await html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>
<body style="font:15px/1.5 sans-serif;color:#1a1a1a;max-width:640px;margin:16px">
<h1 style="font-size:19px;margin:0 0 8px">${title}</h1>
${drill ? html`<p style="border:2px solid #1a1a1a;padding:8px"><strong>DRILL</strong>: no real account is touched.</p>` : ''}
${rows}
${link === undefined ? '' : html`<p style="margin-top:16px"><a href="${link}">Open the case</a> (sign-in needed; opening it changes nothing)</p>`}
</body></html>`,
  );
}

/** Tells people about an incident, as `notify` does. */
export async function send(platform: Platform, message: Message, to: Person[]): ReturnType<typeof notify> {
  const { drill, link } = message;
  return notify(platform, { subject: subject(message), drill, sections: sections(message), link }, to);
}

/**
 * Tells people by mail and topic. Both are tried; what failed is named, and one channel that worked is enough to have told.
 * Throws only when every channel failed.
 */
export async function notify(
  platform: Platform,
  note: Note,
  to: Person[],
): Promise<{ told: string[]; failed: string[] }> {
  const attempts: [string, Promise<unknown>][] = [
    [
      'topic',
      platform.client(SNSClient).send(
        new PublishCommand({
          TopicArn: variable(platform, 'TOPIC_ARN'),
          Subject: note.subject,
          Message: written(note),
          // each subscription takes only what names its reader
          MessageAttributes: {
            to: { DataType: 'String.Array', StringValue: JSON.stringify(to.map((p) => p.email)) },
          },
        }),
      ),
    ],
  ];
  if (to.length > 0) attempts.push([`mail to ${to.map((p) => p.name).join(', ')}`, mail(platform, note, to)]);
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

async function mail(platform: Platform, note: Note, to: Person[]) {
  return platform.client(SESv2Client).send(
    new SendEmailCommand({
      FromEmailAddress: variable(platform, 'MAIL_FROM'),
      ConfigurationSetName: variable(platform, 'MAIL_CONFIGURATION_SET'),
      Destination: { ToAddresses: to.map((p) => p.email) },
      Content: {
        Simple: {
          Subject: { Data: note.subject, Charset: 'UTF-8' },
          Body: {
            Text: { Data: written(note), Charset: 'UTF-8' },
            Html: { Data: await page(note), Charset: 'UTF-8' },
          },
        },
      },
    }),
  );
}
