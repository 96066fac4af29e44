import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { AwsError } from '../../drills/aws/kernel.ts';
import { LightAws, type Moment } from '../../drills/bench/light.ts';
import type { Odds } from '../../drills/bench/light-mail.ts';
import {
  audit,
  checkAll,
  hearAll,
  mailing,
  of,
  people,
  seeded,
  sendAll,
  senderOf,
  template,
  uploaded,
} from '../../drills/bench/mailing.ts';
import { tallyOf } from '../platform/ledger.ts';
import { Table } from '../platform/table.ts';
import { follow } from './follow.ts';
import { type SentSlice, sendSlice } from './send.ts';

const calm: Odds = { throttled: 0, bounced: 0, complained: 0, refused: 0, unanswered: 0 };
const rough: Odds = { throttled: 0.1, bounced: 0.01, complained: 0.005, refused: 0.005, unanswered: 0.02 };
const never = () => false;
let made: LightAws[] = [];
afterEach(() => {
  for (const aws of made) aws.close();
  made = [];
});

/** A list that was checked: so many people, of whom 97 in 100 agreed to e-mail. */
async function checked(count: number, odds = calm, slice?: number) {
  const aws = new LightAws(count, odds, seeded(5));
  made.push(aws);
  aws.put(uploaded.object, people(count));
  const { hash, counts } = await checkAll(aws, never, slice);
  const all = { ...of, uploaded, recipients: hash, template };
  const send = (recipients = hash): Promise<SentSlice> =>
    aws.run((platform) => sendSlice(senderOf(aws, platform), { ...all, recipients }, null));
  const tally = () => aws.run((platform) => tallyOf(new Table(platform), of));
  const sent = () => aws.mail.taken.reduce((sum, n) => sum + n, 0);
  return { aws, hash, counts, all, send, tally, sent };
}

describe('a mailing of 5,000 with throttles, bounces, lost answers and functions killed anywhere', () => {
  it('leaves every recipient in exactly one final state, and sends to none twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const { wrong, emails } = await mailing({ people: 5_000, seed, odds: rough, killed: 0.003, slice: 120_000 });
        expect({ wrong, emails }).toEqual({ wrong: [], emails: 4_850 });
      }),
      { numRuns: 2 },
    );
  });
});

describe('a function that is killed at any of its calls', () => {
  it('is followed by one that goes on where it stood', async () => {
    const moments = async (killAt: number) => {
      const { aws, hash, counts } = await checked(120, rough, 6_000);
      let seen = 0;
      const kill = (_: Moment) => {
        seen += 1;
        return seen === killAt;
      };
      await sendAll(aws, kill, hash, {});
      return { seen, ...(await audit(aws, counts.email)) };
    };
    const { seen } = await moments(0);
    const wrong: string[] = [];
    for (let at = 1; at <= Math.min(seen, 160); at++)
      wrong.push(...(await moments(at)).wrong.map((w) => `${at}: ${w}`));
    expect(wrong).toEqual([]);
    expect(seen).toBeGreaterThan(60);
  });

  it('between claim and answer leaves its fifty unknown, and nobody sends to them again', async () => {
    const { aws, send, tally, sent } = await checked(200);
    const killed = aws.run(
      (platform) => sendSlice(senderOf(aws, platform), { ...of, uploaded, recipients: '', template }, null),
      never,
    );
    await expect(killed).rejects.toThrow('not those that were approved');
    const stops = ({ command, when }: Moment) => command === 'SendBulkEmailCommand' && when === 'before';
    const { hash } = await checkAll(aws, never);
    await expect(
      aws.run(
        (platform) => sendSlice(senderOf(aws, platform), { ...of, uploaded, recipients: hash, template }, null),
        stops,
      ),
    ).rejects.toThrow('before SendBulkEmailCommand');
    expect(await tally()).toEqual({ claimed: 50 });
    const early = await send();
    expect(early).toMatchObject({ done: false, counts: { claimed: 50 } });
    expect(early.waitSeconds).toBeGreaterThan(100);
    await aws.wait(early.waitSeconds);
    expect(await send()).toMatchObject({ done: true, counts: { unknown: 50, accepted: 144 } });
    expect(await send()).toMatchObject({ done: true, counts: { unknown: 50, accepted: 144 } });
    expect(sent()).toBe(144);
  });
});

describe('what SES answers', () => {
  it('with a throttle is tried again until it is taken, and each once', async () => {
    const { aws, send, sent, counts } = await checked(300, { ...calm, throttled: 0.3 });
    expect(await send()).toMatchObject({ done: true, counts: { accepted: counts.email } });
    expect([aws.mail.throttles > 50, sent()]).toEqual([true, counts.email]);
  });

  it('with "slower" for the whole call is given way to, and nothing is lost', async () => {
    const { aws, send, sent } = await checked(60);
    aws.mail.answers = () => new AwsError('TooManyRequestsException', 429, 'slower');
    expect(await send()).toMatchObject({ done: false, counts: { queued: 50 } });
    aws.mail.answers = undefined;
    expect(await send()).toMatchObject({ done: true, counts: { accepted: 57 } });
    expect(sent()).toBe(57);
  });

  it.each([
    ['nothing at all', Object.assign(new Error('socket hang up'), { name: 'TimeoutError' })],
    ['a failure of its own', new AwsError('InternalServiceErrorException', 500, 'oops')],
    ['fewer results than there were messages', { BulkEmailEntryResults: [{ Status: 'SUCCESS' as const }] }],
  ])('with %s is unknown, and settled by events alone', async (_, answer) => {
    const { aws, send, sent, tally } = await checked(52);
    let lost = true;
    aws.mail.answers = (input) => {
      if (!lost) return undefined;
      lost = false;
      aws.mail.sendBulkEmail(input);
      return answer;
    };
    expect(await send()).toMatchObject({ done: true, counts: { unknown: 50 } });
    expect(await send()).toMatchObject({ done: true, counts: { unknown: 50 } });
    await hearAll(aws, never);
    expect(await tally()).toEqual({ delivered: 50 });
    expect(sent()).toBe(50);
  });

  it.each([
    [
      'of the account, for one message',
      { BulkEmailEntryResults: Array(50).fill({ Status: 'ACCOUNT_SUSPENDED' }) },
      /ACCOUNT_SUSPENDED/,
    ],
    ['of the call', new AwsError('SendingPausedException', 400, 'to jane@example.com'), /SendingPausedException/],
  ])('with a refusal %s stops, blames nobody on the list, and goes on later', async (_, answer, words) => {
    const { aws, send, sent, tally } = await checked(60);
    aws.mail.answers = () => answer as Error;
    await expect(send()).rejects.toThrow(words);
    expect(await tally()).toEqual({ queued: 50 });
    aws.mail.answers = undefined;
    expect(await send()).toMatchObject({ done: true, counts: { accepted: 57 } });
    expect(sent()).toBe(57);
  });

  it('is asked once for each call: the SDK must not send again by itself', async () => {
    const { aws, send } = await checked(10);
    await send();
    expect(aws.onlyOnce).toEqual(new Set(['SESv2Client']));
  });
});

describe('an answer that comes late', () => {
  /** Between SES's taking of the first call and its answer something else happens. */
  function meanwhile(aws: LightAws, happens: () => Promise<unknown>): void {
    let first = true;
    aws.mail.answers = (input) => {
      if (!first) return undefined;
      first = false;
      const answer = aws.mail.sendBulkEmail(input);
      return happens().then(() => answer);
    };
  }

  it('changes nothing of what events have told before', async () => {
    const { aws, send, counts } = await checked(60);
    meanwhile(aws, () => hearAll(aws, never));
    expect(await send()).toMatchObject({ done: true, counts: { delivered: 50, accepted: 7 } });
    await hearAll(aws, never);
    expect(await audit(aws, counts.email)).toEqual({ wrong: [], states: { delivered: 57 } });
  });

  it('settles what another sender has taken for abandoned, and nobody is sent to twice', async () => {
    const { aws, send, sent } = await checked(120);
    let other: SentSlice | undefined;
    meanwhile(aws, async () => {
      await aws.wait(130);
      other = await send();
    });
    expect(await send()).toMatchObject({ done: true, counts: { accepted: 115 } });
    expect(other).toMatchObject({ done: true, counts: { unknown: 50, accepted: 65 } });
    expect(sent()).toBe(115);
  });
});

describe('the quota', () => {
  it('of a day is never used up: a tenth is left, and the rest waits', async () => {
    const { aws, send, sent } = await checked(300);
    aws.account.SendQuota = { Max24HourSend: 200, MaxSendRate: 14, SentLast24Hours: 60 };
    expect(await send()).toMatchObject({ done: false, waitSeconds: 1800 });
    expect(sent()).toBe(120);
  });

  it('of a second sets the pace', async () => {
    const { aws, all } = await checked(200);
    aws.account.SendQuota = { Max24HourSend: -1, MaxSendRate: 10, SentLast24Hours: 0 };
    let waited = 0;
    const wait = async (seconds: number) => {
      waited += seconds;
      await aws.wait(seconds);
    };
    await aws.run((platform) => sendSlice({ ...senderOf(aws, platform), wait, workSeconds: 600 }, all, null));
    expect(waited).toBeGreaterThan(194 / 9 - 1);
  });

  it('of the sandbox sends nothing, in words', async () => {
    const { aws, send, sent, tally } = await checked(10);
    aws.account.ProductionAccessEnabled = false;
    await expect(send()).rejects.toThrow(/sandbox.*production access/);
    expect([sent(), await tally()]).toEqual([0, {}]);
  });

  it('of time ends a slice, and the next goes on', async () => {
    const { aws, all, sent } = await checked(300);
    aws.account.SendQuota.MaxSendRate = 50;
    const brief = (cursor: SentSlice['cursor']) =>
      aws.run((platform) => sendSlice({ ...senderOf(aws, platform), workSeconds: 1 }, all, cursor));
    const first = await brief(null);
    expect(first).toMatchObject({ done: false, waitSeconds: 0, cursor: { shard: 1 } });
    for (let next = first; !next.done; ) next = await brief(next.cursor);
    expect(sent()).toBe(291);
  });
});

describe('what people approved', () => {
  it('alone is sent: another hash, another shard or another list for a ledger that was begun is refused', async () => {
    const { aws, send, sent } = await checked(60);
    await expect(send('0'.repeat(64))).rejects.toMatchObject({ name: 'Refused' });
    const [shard] = aws.objects('mailing/').find(([key]) => key.includes('/shards/')) ?? [''];
    const [, whole] = aws.objects(shard)[0] ?? [];
    aws.put(shard, [String(whole).replace('p1@', 'x1@')]);
    await expect(send()).rejects.toThrow('changed after it was approved');
    expect(sent()).toBe(0);
  });

  it('is sent once, however many senders there are at once', async () => {
    const { aws, send, sent, counts } = await checked(400, { ...calm, throttled: 0.1 });
    await Promise.all([send(), send(), send()]);
    for (let n = 0; n < 4; n++) {
      await aws.wait(130);
      await send();
    }
    expect([sent(), Math.max(...aws.mail.taken)]).toEqual([counts.email, 1]);
  });
});

describe('people whom e-mail did not reach', () => {
  it('come on a list for letters or for substitute notice, and those of whom nobody knows on one for a person', async () => {
    const { aws, all, send } = await checked(52, { ...calm, bounced: 1 });
    aws.mail.answers = ({ BulkEmailEntries = [] }) =>
      BulkEmailEntries.length < 50 ? new AwsError('ServiceUnavailable', 503, '') : undefined;
    await send();
    await hearAll(aws, never);
    const { counts, objects, done } = await aws.run((platform) => follow(platform, all, null));
    expect({ counts, done }).toEqual({ counts: { letters: 50, substitute: 0, unknown: 0 }, done: true });
    const [, list] = aws.objects(objects[0] ?? '')[0] ?? [];
    expect(String(list).split('\r\n')).toHaveLength(52);
  });
});
