import { substituteNotice } from './recipient.ts';

/*
 * How long and how dear a mailing is, told before anybody approves it. Prices in US dollars, without tax, of us-east-1; change them here
 * when they change there.
 */

/** What SES lets the account send (GetAccount). `daily` -1: no limit. */
export interface Quota {
  production: boolean;
  sending: boolean;
  daily: number;
  perSecond: number;
  sentToday: number;
}

export interface Mailing {
  emails: number;
  letters: number;
  substitute: number;
  /** of one message, subject and both bodies */
  bytes: number;
}

export const prices = {
  /** aws.amazon.com/ses/pricing: outbound e-mail */
  emailsPer1000: 0.1,
  /** aws.amazon.com/ses/pricing: per GB of what is sent */
  perGigabyte: 0.12,
  /** aws.amazon.com/dynamodb/pricing/on-demand: per million write request units */
  writesPerMillion: 0.625,
  /** Claim, answer and delivery, each in a transaction: two write units for up to 1 KB (DynamoDB developer guide, "Read and write operations") */
  writesPerEmail: 6,
  /** USPS Notice 123, first-class letter of one ounce, stamped, from July 2025; printing and envelopes are not in it. Confirm before relying on it. */
  firstClassLetter: 0.78,
} as const;

/** Pages to the people on call go through the same account: a mailing leaves them this share of rate and quota. */
export const share = 0.9;

/** How many messages a mailing may still send now. Infinity without a daily limit. */
export function allowance({ daily, sentToday }: Quota): number {
  return daily < 0 ? Number.POSITIVE_INFINITY : Math.max(0, Math.floor(daily * share - sentToday));
}

/** Hours until the last of `emails` has been handed to SES, at the account's rate and daily quota. Infinity when it never would. */
export function hours(emails: number, quota: Quota): number {
  const perHour = quota.perSecond * share * 3600;
  const left = allowance(quota);
  if (emails <= left) return emails / perHour;
  const perDay = Math.floor(quota.daily * share);
  if (perDay <= 0) return Number.POSITIVE_INFINITY;
  // each further day opens the quota again; the last day is only as long as its rest takes
  const fullDays = Math.ceil((emails - left) / perDay);
  const rest = emails - left - (fullDays - 1) * perDay;
  return fullDays * 24 + rest / perHour;
}

/** Dollars for one mailing. */
export function costs({ emails, letters, bytes }: Mailing): { email: number; ledger: number; postage: number } {
  return {
    email: (emails / 1000) * prices.emailsPer1000 + ((emails * bytes) / 1e9) * prices.perGigabyte,
    ledger: ((emails * prices.writesPerEmail) / 1e6) * prices.writesPerMillion,
    postage: letters * prices.firstClassLetter,
  };
}

/** Sentences for the person who approves; `possible` is false when SES would not send. Two people of the same account share its quota. */
export function quote(mailing: Mailing, quota: Quota, region: string): { possible: boolean; lines: string[] } {
  const { emails, letters, substitute } = mailing;
  const many = (n: number, word: string) => `${n.toLocaleString('en-US')} ${word}${n === 1 ? '' : 's'}`;
  const cost = costs(mailing);
  const dollars = (n: number) => (n > 0 && n < 0.01 ? 'less than $0.01' : `$${n.toFixed(2)}`);
  const post = `${many(letters, 'letter')} by first-class mail: ${dollars(cost.postage)} postage (${dollars(prices.firstClassLetter)} each, without printing; confirm the price).`;
  const others = substituteNotice(substitute);
  if (emails === 0) return { possible: true, lines: ['No e-mails.', post, others] };
  const problem = obstacle(quota, region, hours(emails, quota));
  if (problem) return { possible: false, lines: [`${many(emails, 'e-mail')}: ${problem}`, post, others] };
  const limit =
    quota.daily < 0
      ? 'no daily quota'
      : `${quota.daily.toLocaleString('en-US')} in 24 hours, of which ${quota.sentToday.toLocaleString('en-US')} are used`;
  return {
    possible: true,
    lines: [
      `${many(emails, 'e-mail')}: ${duration(hours(emails, quota))} at ${quota.perSecond} a second and ${limit}; a tenth is left free for pages to people on call.`,
      `${dollars(cost.email)} for SES and ${dollars(cost.ledger)} for the ledger.`,
      post,
      others,
    ],
  };
}

/** Why SES would not send, in words that say what to do. `time`: hours that the mailing would take. */
export function obstacle(quota: Quota, region: string, time: number): string | undefined {
  if (!quota.production)
    return `SES in ${region} is in its sandbox and sends to verified addresses only; ask AWS for production access (SES console, "Request production access") or send letters.`;
  if (!quota.sending)
    return `AWS or an operator has stopped sending in ${region}; see the SES console, Account dashboard.`;
  if (!Number.isFinite(time) || quota.perSecond <= 0)
    return `the quota of SES in ${region} leaves nothing to send; ask for more in Service Quotas.`;
  return undefined;
}

/** `less than a minute`, `about 12 minutes`, `about 20.5 hours`, `about 3.2 days` */
function duration(time: number): string {
  if (time < 1 / 60) return 'less than a minute';
  if (time < 2) return `about ${Math.ceil(time * 60)} minutes`;
  return time < 48 ? `about ${time.toFixed(1)} hours` : `about ${(time / 24).toFixed(1)} days`;
}
