import { expect, it } from 'vitest';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import { clockPerTest, executions, region, settings } from './arrivals.ts';
import {
  approves,
  asked,
  bothApprove,
  byMail,
  caseOf,
  counsel,
  drafts,
  individual,
  leakingWithMail,
  noticeNow,
  officer,
  questions,
  sends,
  toPatients,
  withLetter,
} from './notified.ts';
import { heartbeats, say } from './rehearsed.ts';

clockPerTest();

const of = (incident: string) => ({ incident, notice: 'us-hipaa-individual.individual.1' });

/** A case whose notice waits for the privacy officer. */
async function waiting(): Promise<{ drill: Rehearsal; incident: string }> {
  const { drill, incident } = await caseOf();
  await drafts(drill, incident, { people: byMail });
  await sends(drill, incident);
  await asked(drill, 'officer');
  return { drill, incident };
}

it('lets no machine and no caller send what the records do not hold two approvals of', async () => {
  const { drill, incident } = await waiting();
  const release = { op: 'release', ...of(incident), attempt: 1, run: 1 };
  const send = { op: 'send', ...of(incident), cursor: null };
  const forged = async () => {
    const all = [
      ['notify', release],
      ['send-slice', send],
    ] as const;
    for (const [name, payload] of all)
      await expect(drill.during(drill.invoke(`tourniquet-${name}`, payload))).rejects.toMatchObject({
        name: 'Refused',
      });
    expect(toPatients(drill)).toEqual([]);
  };
  await forged();
  await approves(drill, officer, await asked(drill, 'officer'));
  await asked(drill, 'counsel');
  await forged();
});

it('sends nothing when a real token comes back without a decision, and asks on', async () => {
  const { drill } = await waiting();
  const console = drill.deployment.functions.get('tourniquet-console');
  const credentials = drill.world.roleCredentials(console?.roleArn ?? '', 'forger');
  for (const output of ['{}', '{"outcome":"approved"}', '{"Payload":{"outcome":"approved"}}']) {
    const taskToken = questions(drill)[0]?.token;
    await drill.during(drill.aws.send('SFN', 'SendTaskSuccess', { taskToken, output }, credentials, region));
    await drill.clock.runFor(30);
    expect([noticeNow(drill)?.state, questions(drill).map((q) => q.outcome)]).toEqual(['asked', [undefined]]);
  }
  expect(toPatients(drill)).toEqual([]);
});

it('sends nothing when the text in the case bucket is not the one that was approved', async () => {
  const { drill } = await waiting();
  const console = drill.deployment.functions.get('tourniquet-console');
  const credentials = drill.world.roleCredentials(console?.roleArn ?? '', 'forger');
  const put = { Bucket: console?.environment.CASE_BUCKET, Key: noticeNow(drill)?.text, Body: '{"text":"other"}' };
  await approves(drill, officer, await asked(drill, 'officer'));
  const second = await asked(drill, 'counsel');
  await drill.during(drill.aws.send('S3', 'PutObject', put, credentials, region));
  await approves(drill, counsel, second);
  await drill.settle();
  expect(toPatients(drill)).toEqual([]);
  expect(noticeNow(drill)).toMatchObject({
    state: 'drafted',
    problem: expect.stringContaining('not the one that was drafted'),
  });
});

it('stops between two slices when law enforcement asks to hold it, and goes on when the hold is over', async () => {
  const { drill, incident } = await caseOf({ seed: leakingWithMail(3) });
  await drafts(drill, incident, { people: byMail });
  await sends(drill, incident);
  await approves(drill, officer, await asked(drill, 'officer'));
  await approves(drill, counsel, await asked(drill, 'counsel'));
  await drill.settle(() => toPatients(drill).length === 2);
  const change = { add: { holds: [{ kind: 'written', date: '2026-11-19', until: '2026-11-23' }] } };
  await say(drill, officer, { decision: 'learn', incident, change, reason: 'the FBI asked us to wait' });
  await drill.settle();
  expect(toPatients(drill)).toHaveLength(2);
  expect(noticeNow(drill)).toMatchObject({ state: 'sending', problem: expect.stringContaining('law enforcement') });
  await drill.clock.runFor(5 * 86_400);
  await sends(drill, incident);
  await drill.settle();
  expect([noticeNow(drill)?.state, toPatients(drill).length]).toEqual(['sent', 3]);
});

it('lists for a letter whose e-mail comes back after the proof, and sends nobody anything twice', async () => {
  const { drill, incident } = await caseOf();
  await drafts(drill, incident, { people: byMail });
  await sends(drill, incident);
  await bothApprove(drill);
  const [one] = toPatients(drill);
  const set = { 'ses:configuration-set': one?.configurationSet ?? '' };
  const tags = Object.entries({ ...one?.tags, ...set }).map(([name, value]) => [name, [value]]);
  const bounced = { bounceType: 'Permanent', bounceSubType: 'General', bouncedRecipients: [] };
  const mail = { messageId: one?.messageId, tags: Object.fromEntries(tags) };
  const event = {
    'detail-type': 'Email Bounced',
    source: 'aws.ses',
    detail: { eventType: 'Bounce', mail, bounce: bounced },
  };
  drill.deliver({ version: '0', account: settings.accounts.response, region, resources: [], ...event });
  await drill.settle();
  await sends(drill, incident);
  await drill.settle();
  expect(noticeNow(drill)).toMatchObject({
    state: 'in-hand',
    sent: { delivered: 2, bounced: 1 },
    problem: expect.stringContaining('e-mails that did not arrive: 1;'),
  });
  expect(toPatients(drill)).toHaveLength(3);
});

it('is asked about once while it waits, however many heartbeats go by', async () => {
  const { drill } = await waiting();
  await heartbeats(drill, 6);
  expect(executions(drill, 'notify')).toHaveLength(1);
  expect(questions(drill)).toHaveLength(1);
});

it('takes no new draft while it is being sent, and a new one after its proof', async () => {
  let stops = true;
  const { drill, incident } = await caseOf({
    fault: (call) =>
      stops && call.command === 'SendBulkEmail'
        ? Object.assign(new Error('paused'), {
            name: 'SendingPausedException',
            $fault: 'client',
            $metadata: { httpStatusCode: 400 },
          })
        : undefined,
  });
  await drafts(drill, incident, { people: byMail });
  await sends(drill, incident);
  await bothApprove(drill);
  const stopped = noticeNow(drill);
  expect(stopped).toMatchObject({ state: 'sending', problem: expect.stringContaining('does not send') });
  const refused = await drafts(drill, incident, { people: withLetter });
  expect([refused.status, refused.body.error]).toEqual([403, expect.stringContaining('is being sent')]);
  stops = false;
  await sends(drill, incident, individual);
  await drill.settle();
  // nobody is asked a second time about what two people have approved
  expect(questions(drill)).toHaveLength(2);
  expect([noticeNow(drill)?.state, toPatients(drill).length]).toEqual(['sent', 3]);
  expect((await drafts(drill, incident, { people: withLetter })).body).toMatchObject({ draft: 2 });
});
