import { afterEach, describe, expect, it } from 'vitest';
import { AwsError } from '../../drills/aws/kernel.ts';
import { LightAws } from '../../drills/bench/light.ts';
import { checkAll, of, people, seeded, senderOf, template, uploaded } from '../../drills/bench/mailing.ts';
import { build as mailEvents } from '../mail-events/handler.ts';
import { followedOf, tallyOf } from '../platform/ledger.ts';
import { Table } from '../platform/table.ts';
import { follow } from './follow.ts';
import { type Sender, sendSlice } from './send.ts';

const calm = { throttled: 0, bounced: 0, complained: 0, refused: 0, unanswered: 0 };
let made: LightAws[] = [];
afterEach(() => {
  for (const aws of made) aws.close();
  made = [];
});

async function checked(count: number) {
  const aws = new LightAws(count, calm, seeded(5));
  made.push(aws);
  aws.put(uploaded.object, people(count));
  const { hash } = await checkAll(aws);
  const send = (more: Partial<Sender> = {}) =>
    aws.run((platform) =>
      sendSlice({ ...senderOf(aws, platform), ...more }, { ...of, uploaded, recipients: hash, template }, null),
    );
  const tally = () => aws.run((platform) => tallyOf(new Table(platform), of));
  const sent = () => aws.mail.taken.reduce((sum, n) => sum + n, 0);
  return { aws, hash, send, tally, sent };
}

describe('a mailing that may not go on', () => {
  it('ends within ten seconds, whatever is left of its time, and goes on when it may', async () => {
    const { aws, send, sent } = await checked(2_000);
    aws.account.SendQuota.MaxSendRate = 14;
    const hindrance = async () => (sent() >= 50 ? 'it is held' : undefined);
    await expect(send({ hindrance })).rejects.toThrow('it is held');
    expect(sent()).toBeLessThanOrEqual(50 + 14 * 10);
    await send({ workSeconds: 600 });
    expect(sent()).toBe(1_940);
  });
});

describe('a table that cannot take a write for a moment', () => {
  it.each([
    ['cancels for throttling', 'TransactionCanceledException', { CancellationReasons: [{ Code: 'ThrottlingError' }] }],
    ['throttles', 'ProvisionedThroughputExceededException', {}],
    ['fails', 'InternalServerError', {}],
  ])('%s while a refusal of SES is written: nobody becomes unknown', async (_, name, more) => {
    const { aws, send, tally, sent } = await checked(60);
    let calls = 0;
    aws.mail.answers = () => (calls++ === 0 ? new AwsError('TooManyRequestsException', 429, 'slower') : undefined);
    let failures = 3;
    aws.fails = (command) => {
      if (command !== 'TransactWriteItemsCommand' || calls !== 1 || failures === 0) return undefined;
      failures -= 1;
      return Object.assign(new AwsError(name, 400, 'not now'), more);
    };
    await send();
    expect([failures, sent(), await tally()]).toEqual([0, 57, { accepted: 57 }]);
  });
});

describe('a message that SES does not take', () => {
  it('refuses its whole call for: it alone is refused, and the others are sent once', async () => {
    const { aws, send, tally } = await checked(200);
    aws.mail.answers = ({ BulkEmailEntries = [] }) =>
      BulkEmailEntries.some(({ Destination }) => Destination?.ToAddresses?.[0]?.startsWith('p20@'))
        ? new AwsError('BadRequestException', 400, 'for p20@example.com')
        : undefined;
    expect(await send()).toMatchObject({ done: true });
    expect(await tally()).toEqual({ accepted: 193, refused: 1 });
    expect(Math.max(...aws.mail.taken)).toBe(1);
  });

  it('like none of its call stops the mailing, and blames nobody', async () => {
    const { aws, send, tally } = await checked(60);
    aws.mail.answers = () => new AwsError('BadRequestException', 400, 'the text');
    await expect(send()).rejects.toThrow('BadRequestException');
    expect(await tally()).toEqual({ queued: 50 });
  });
});

describe('a later draft of the same notice', () => {
  it.each([
    ['as long', 60, 4_000],
    ['many times longer', 60, 200],
    ['shorter', 60, 20_000],
  ])(
    'leaves out, in a file that is %s by shards, whom an earlier one has reached or may have',
    async (_, count, slice) => {
      const aws = new LightAws(500, calm, seeded(5));
      made.push(aws);
      aws.put(uploaded.object, people(count));
      const first = await checkAll(aws, undefined, 1_000);
      let calls = 0;
      aws.mail.answers = ({ BulkEmailEntries: entries = [] }) => {
        calls += 1;
        if (calls === 1) return new AwsError('ServiceUnavailable', 503, 'no answer');
        if (calls > 2) return undefined;
        return { BulkEmailEntryResults: entries.map(() => ({ Status: 'MESSAGE_REJECTED' as const })) };
      };
      const run = (notice: string, recipients: string) =>
        aws.run((platform) =>
          sendSlice(senderOf(aws, platform), { incident: of.incident, notice, uploaded, recipients, template }, null),
        );
      await run(of.notice, first.hash);
      const { unknown = 0, refused = 0, accepted = 0 } = await aws.run((platform) => tallyOf(new Table(platform), of));
      expect([unknown > 0, refused > 0, unknown + refused + accepted]).toEqual([true, true, first.counts.email]);
      const notice = of.notice.replace(/1$/, '2');
      const { hash, counts } = await checkAll(aws, undefined, slice, { ...of, notice });
      expect(counts).toEqual({ ...first.counts, email: refused, already: unknown + accepted });
      await run(notice, hash);
      expect(Math.max(...aws.mail.taken)).toBe(1);
    },
  );
});

describe('a list of letters that was changed after approval', () => {
  it.each(['/letters/', '/substitute/'])('in %s: nothing is sent, and nobody is told to work by it', async (kind) => {
    const { aws, send, sent, hash } = await checked(500);
    const [object] = aws.objects('mailing/').find(([key]) => key.includes(kind)) ?? [''];
    const was = aws.objects(object).map(([, body]) => body);
    aws.put(object, ['row,addressee\r\n5,Somebody Else\r\n']);
    await expect(send()).rejects.toThrow('changed after it was approved');
    expect(sent()).toBe(0);
    aws.put(object, was);
    expect(await send()).toMatchObject({ done: true });
    aws.put(object, ['row,addressee\r\n5,Somebody Else\r\n']);
    const all = { ...of, uploaded, recipients: hash };
    await expect(aws.run((platform) => follow(platform, all, null))).rejects.toThrow('changed after it was approved');
  });
});

describe('what came back', () => {
  it('is on one list for each person, however often it is looked at, and the lists add up', async () => {
    const { aws, send, hash } = await checked(130);
    await send();
    const events = aws.mail.takeEvents();
    const bounced = (rows: [number, number]) =>
      [...new Set(events)]
        .map((body) => JSON.parse(body))
        .filter(
          ({ detail: { eventType, mail } }) =>
            eventType === 'Send' && +mail.tags.row > rows[0] && +mail.tags.row <= rows[1],
        )
        .map((event) => JSON.stringify({ ...event, detail: { ...event.detail, eventType: 'Bounce' } }));
    const look = async (bodies: string[]) => {
      await aws.run((platform) =>
        mailEvents(platform)({ Records: bodies.map((body, n) => ({ messageId: `${n}`, body })) }),
      );
      await aws.run((platform) => follow(platform, { ...of, uploaded, recipients: hash }, null));
      return aws.run((platform) => followedOf(new Table(platform), of));
    };
    const looks = [await look(bounced([1, 9])), await look([]), await look(bounced([9, 40]))];
    expect(looks.map(({ letters }) => letters)).toEqual([6, 6, 37]);
    const [first, again, last] = looks.map(({ digest }) => digest);
    expect([first === again, first === last]).toEqual([true, false]);
    const posted = aws.objects('mailing/').filter(([key]) => key.includes('/after/'));
    const rows = posted.flatMap(([, body]) => String(body).match(/^\d+,/gm) ?? []);
    expect([posted.length, rows.length, new Set(rows).size]).toEqual([2, 37, 37]);
  });

  it('has another digest when another person was reached, with the same counts', async () => {
    const digests = await Promise.all(
      [2, 3].map(async (row) => {
        const { aws, send, hash } = await checked(60);
        await send();
        const [bounce = ''] = aws.mail
          .takeEvents()
          .filter((body) => JSON.parse(body).detail.mail.tags.row[0] === `${row}`);
        const body = bounce.replace(/"eventType":"\w+"/, '"eventType":"Bounce"');
        await aws.run((platform) => mailEvents(platform)({ Records: [{ messageId: '1', body }] }));
        await aws.run((platform) => follow(platform, { ...of, uploaded, recipients: hash }, null));
        return aws.run((platform) => followedOf(new Table(platform), of));
      }),
    );
    const [one, other] = digests;
    expect(one?.letters).toBe(other?.letters);
    expect(one?.digest).not.toBe(other?.digest);
  });
});
