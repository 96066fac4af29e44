import { type BulkEmailStatus, SESv2Client, SendBulkEmailCommand } from '@aws-sdk/client-sesv2';
import { html } from 'hono/html';
import type { Answer } from '../core/ledger.ts';
import { addressee } from '../core/recipient.ts';
import type { Mailed } from '../platform/ledger.ts';
import { tagsOf } from '../platform/mail-tags.ts';
import { type Platform, variable } from '../platform/platform.ts';
import type { ShardLine } from './recipients.ts';

export interface Template {
  subject: string;
  text: string;
  html: string;
}

/** What became of one message. `status`: SES's word, kept in the ledger. */
export interface Outcome {
  answer: Answer;
  messageId?: string;
  status?: string;
}

/** `stop`: SES will not send for this account as things stand, in a word of SES; what it did not take is then as if never tried. */
export interface Posted {
  outcomes: Outcome[];
  stop?: string;
}

/** Longer than SES takes; behind it the answer is lost and the messages are `unknown`. */
const answerMilliseconds = 30_000;

/** SES API v2 reference, BulkEmailEntryResult: SES did not take the message and may take it later. */
const later: ReadonlySet<BulkEmailStatus> = new Set([
  'ACCOUNT_THROTTLED',
  'ACCOUNT_DAILY_QUOTA_EXCEEDED',
  'TRANSIENT_FAILURE',
]);

/** Nothing about the recipient: what is wrong is ours, and would be wrong for each of the others too. */
const ours: ReadonlySet<BulkEmailStatus> = new Set([
  'ACCOUNT_SUSPENDED',
  'ACCOUNT_SENDING_PAUSED',
  'CONFIGURATION_SET_NOT_FOUND',
  'CONFIGURATION_SET_SENDING_PAUSED',
  'INVALID_SENDING_POOL_NAME',
  'MAIL_FROM_DOMAIN_NOT_VERIFIED',
  'TEMPLATE_NOT_FOUND',
]);

/** Errors that say "slower" of the whole call. */
const slower = new Set(['TooManyRequestsException', 'LimitExceededException', 'ThrottlingException', 'Throttling']);

/** What SES says of one message or of all of a call, without saying which (SES API v2 reference, SendBulkEmail, errors). */
const unfit = new Set(['BadRequestException', 'MessageRejected', 'ValidationException']);

/** A claim must be answered while it flies. */
const splitSeconds = 45;

/**
 * One SendBulkEmail; where SES refuses the call for its content, its halves, down to the message that cannot be sent: it alone is refused.
 * When none of several can be sent, what is wrong is ours, and the mailing stops.
 */
export async function post(
  platform: Platform,
  of: Mailed & { shard: number },
  template: Template,
  lines: ShardLine[],
): Promise<Posted> {
  const until = platform.now().add({ seconds: splitSeconds }).epochMilliseconds;
  const halved = async (some: ShardLine[]): Promise<Posted> => {
    if (platform.now().epochMilliseconds >= until) return { outcomes: some.map(() => ({ answer: 'throttled' })) };
    const posted = await postOnce(platform, of, template, some);
    const { stop } = posted;
    if (!stop || !unfit.has(stop)) return posted;
    if (some.length === 1) return { outcomes: [{ answer: 'refused', status: stop }] };
    const middle = Math.ceil(some.length / 2);
    const [first, second] = [await halved(some.slice(0, middle)), await halved(some.slice(middle))];
    const stopped = first.stop ?? second.stop;
    return { outcomes: [...first.outcomes, ...second.outcomes], ...(stopped ? { stop: stopped } : {}) };
  };
  const { outcomes, stop } = await halved(lines);
  const [one] = outcomes;
  const all = lines.length > 1 && outcomes.every(({ status }) => status !== undefined && unfit.has(status));
  if (!all || !one?.status) return { outcomes, ...(stop ? { stop } : {}) };
  return {
    outcomes: outcomes.map(({ status }) => ({ answer: 'throttled', ...(status ? { status } : {}) })),
    stop: one.status,
  };
}

/**
 * One SendBulkEmail, tried once: the SDK's own retry could send twice, because SES knows no idempotency token. Never throws for what SES
 * says or fails to say; the error's text is dropped, since it names addresses.
 */
async function postOnce(
  platform: Platform,
  of: Mailed & { shard: number },
  template: Template,
  lines: ShardLine[],
): Promise<Posted> {
  const client = platform.client(SESv2Client, { maxAttempts: 1 });
  const command = new SendBulkEmailCommand({
    FromEmailAddress: variable(platform, 'MAIL_FROM'),
    ConfigurationSetName: variable(platform, 'NOTICE_CONFIGURATION_SET'),
    DefaultContent: {
      Template: {
        TemplateContent: { Subject: template.subject, Text: template.text, Html: template.html },
        TemplateData: '{"name":"","nameHtml":""}',
      },
    },
    BulkEmailEntries: lines.map((line) => ({
      Destination: { ToAddresses: [line.email] },
      ReplacementTags: tagsOf({ ...of, row: line.row }),
      ReplacementEmailContent: {
        ReplacementTemplate: { ReplacementTemplateData: JSON.stringify(replacements(line)) },
      },
    })),
  });
  try {
    const answer = await client.send(command, { abortSignal: AbortSignal.timeout(answerMilliseconds) });
    const results = answer.BulkEmailEntryResults ?? [];
    // an answer of another length says of no message which one it is about
    if (results.length !== lines.length) return { outcomes: lines.map(() => ({ answer: 'lost' })) };
    const stop = results.find(({ Status }) => Status && ours.has(Status))?.Status;
    return { outcomes: results.map(outcomeOf), ...(stop ? { stop } : {}) };
  } catch (error) {
    return refusedCall(error, lines.length);
  }
}

function replacements(line: ShardLine): { name: string; nameHtml: string } {
  const name = addressee(line);
  return { name, nameHtml: String(html`${name}`) };
}

function outcomeOf({ Status, MessageId }: { Status?: BulkEmailStatus; MessageId?: string }): Outcome {
  if (Status === 'SUCCESS') return { answer: 'accepted', ...(MessageId ? { messageId: MessageId } : {}) };
  if (Status === undefined) return { answer: 'lost' };
  if (later.has(Status) || ours.has(Status)) return { answer: 'throttled', status: Status };
  return { answer: 'refused', status: Status };
}

/** A 4xx answer means that nothing was sent; anything else may have been. */
function refusedCall(error: unknown, length: number): Posted {
  const { name = '', $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 0;
  const all = (outcome: Outcome) => Array.from({ length }, () => outcome);
  if (status < 400 || status > 499) return { outcomes: all({ answer: 'lost' }) };
  const outcomes = all({ answer: 'throttled', status: name.slice(0, 100) });
  return slower.has(name) ? { outcomes } : { outcomes, stop: name };
}
