import { expect, it } from 'vitest';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import { stored } from '../drills/engine/report.ts';
import type { ApprovalRequest } from '../lambdas/core/approval.ts';
import type { JsonObject } from '../lambdas/core/json.ts';
import { records } from '../lambdas/platform/records.ts';
import { approvals, clockPerTest, rehearse, steps, timeline } from './arrivals.ts';
import {
  approves,
  askedAfter,
  changeOf,
  decisionOn,
  finding,
  flags,
  inMode,
  leakingBucket,
  mailed,
  mara,
  minutesBetween,
  only,
  priya,
  question,
  say,
  statements,
  table,
  tomas,
} from './rehearsed.ts';

clockPerTest();

const grants = 'remove-public-bucket-grants';
const block = 'block-bucket-public-access';
const outcome = (drill: Rehearsal, action: string) => steps(drill).find((s) => s.action === action)?.outcome;
const decisions = (drill: Rehearsal) => stored(drill, /^INCIDENT#/, 'DECISION#', records.decision);

/** A case with one open question, about the grants. */
async function asked(
  more: Parameters<typeof rehearse>[0] = {},
): Promise<{ drill: Rehearsal; request: ApprovalRequest }> {
  const drill = await rehearse({ seed: leakingBucket, ...more });
  return { drill, request: only(await askedAfter(drill)) };
}

it('asks along the on-call order at once and after 5, 10 and 15 minutes, and holds after 20', async () => {
  const { drill, request } = await asked();
  const start = request.askedAt;
  await drill.settle(() => outcome(drill, grants) === 'held');
  const asking = mailed(drill).filter((m) => m.text?.includes(`tourniquet approve ${request.incident} ${request.id}`));
  expect(asking.map((m) => [minutesBetween(start, m.at), m.to.length])).toEqual([
    [0, 1],
    [5, 2],
    [10, 3],
    [15, 3],
  ]);
  expect(asking[0]?.to).toEqual([mara.email]);
  expect(asking[2]?.to).toEqual([mara.email, tomas.email, priya.email]);
  const held = timeline(drill).find((e) => e.text.startsWith('timed-out'));
  expect(minutesBetween(start, held?.event ?? '')).toBe(20);
  expect(approvals(drill)[0]?.outcome).toBe('timed-out');
  expect(statements(drill)).toContain('TempShareForVendor');
});

it('proceeds after 20 minutes where the step declares it', async () => {
  const suspicion = finding({ 'detail.type': 'Policy:S3/BucketBlockPublicAccessDisabled' });
  const drill = await rehearse({ settings: inMode('contain-confirmed'), seed: leakingBucket });
  await askedAfter(drill, suspicion, 2);
  expect(question(drill, block).onTimeout).toBe('proceed');
  await drill.settle();
  expect(outcome(drill, block)).toBe('verified');
  expect(outcome(drill, grants)).toBe('held');
  expect(flags(drill)).toMatchObject({ RestrictPublicBuckets: true });
});

it('tells again whoever could not be told', async () => {
  let down = true;
  const drill = await rehearse({
    seed: leakingBucket,
    fault: (call) => (down && /SendEmail|Publish/.test(call.command) ? new Error('mail is down') : undefined),
  });
  const start = drill.clock.now();
  drill.deliver(finding());
  await drill.clock.runFor(60);
  expect(mailed(drill)).toEqual([]);
  down = false;
  await drill.clock.runFor(60);
  const first = mailed(drill).find((m) => m.text?.includes('tourniquet approve'));
  expect(minutesBetween(start.toString(), first?.at ?? '')).toBe(1);
});

it('leaves everything as it is when a person declines, and says who did', async () => {
  const { drill, request } = await asked();
  await say(drill, tomas, decisionOn(request, { decision: 'decline', reason: 'the vendor still needs it' }));
  await drill.settle();
  expect(outcome(drill, grants)).toBe('declined');
  expect(statements(drill)).toEqual(['PartnerLab', 'TempShareForVendor']);
  expect(
    timeline(drill)
      .map((e) => e.text)
      .join('\n'),
  ).toMatch(/Tomas Okafor declined.*the vendor still needs it/);
});

it('refuses in words whoever may not decide, and records nothing of it', async () => {
  const { drill, request } = await asked();
  const before = table(drill);
  const stranger = { principal: 'arn:aws:iam::222222222222:user/stranger' };
  const refused: [Pick<typeof mara, 'principal'>, JsonObject, number, RegExp][] = [
    [stranger, decisionOn(request), 403, /stranger is not among the people/],
    // whoever signed in is the one who decides, whatever the body says
    [stranger, decisionOn(request, { principal: mara.principal, name: mara.name }), 403, /stranger is not among/],
    [mara, decisionOn(request, { principal: tomas.principal }), 400, /principal/],
    [mara, decisionOn(request, { reason: '' }), 400, /say why/],
    [mara, { ...decisionOn(request), reason: null }, 400, /reason/],
    [mara, decisionOn(request, { hash: 'f'.repeat(64) }), 403, /what you saw is no longer what would be done/],
    [mara, decisionOn(request, { approval: 'p9-s9-q9' }), 403, /asks for no approval p9-s9-q9/],
    [mara, decisionOn(request, { incident: '0'.repeat(26) }), 404, /there is no incident/],
  ];
  for (const [person, body, status, words] of refused) {
    const answer = await say(drill, person, body);
    expect([answer.status, answer.body.error]).toEqual([status, expect.stringMatching(words)]);
  }
  expect(table(drill)).toBe(before);
});

it('knows a person by the role that the session was assumed with', async () => {
  const { drill, request } = await asked();
  const session = (role: string) => ({ principal: `arn:aws:sts::222222222222:assumed-role/${role}/mara.lindqvist` });
  expect((await approves(drill, session('on-call-secondary'), request)).status).toBe(403);
  expect((await approves(drill, session('on-call-primary'), request)).status).toBe(200);
  expect(only(decisions(drill))).toMatchObject({ name: mara.name, principal: mara.principal });
});

it('answers a second decision with who decided when, and a late one with what became of it', async () => {
  const { drill, request } = await asked();
  const first = await approves(drill, mara, request);
  // before and after the machine has looked
  const again = await say(drill, tomas, decisionOn(request, { decision: 'decline' }));
  expect(again.body.error).toBe(`already decided by Mara Lindqvist at ${first.body.at}`);
  await drill.settle();
  expect((await approves(drill, priya, request)).body.error).toBe(again.body.error);
  expect(outcome(drill, grants)).toBe('verified');
  expect(decisions(drill)).toHaveLength(1);
});

it('refuses a click after the time has run out', async () => {
  const { drill, request } = await asked();
  await drill.settle();
  const late = await approves(drill, mara, request);
  expect([late.status, late.body.error]).toEqual([403, `nobody answered until ${request.expiresAt}, so it was held`]);
  expect(statements(drill)).toContain('TempShareForVendor');
});

it('changes nothing for a GET, whatever it asks for', async () => {
  const { drill, request } = await asked();
  const before = table(drill);
  const executions = drill.engine.executions.length;
  for (const path of [`/incidents/${request.incident}`, '/decisions', `/incidents/${'0'.repeat(26)}`]) {
    const answer = await drill.during(drill.asPerson(mara, 'GET', path, decisionOn(request)));
    expect(answer.status).toBe(path.includes(request.incident) ? 200 : 404);
  }
  expect(table(drill)).toBe(before);
  expect(drill.engine.executions).toHaveLength(executions);
});

it('shows the task token to nobody and writes it nowhere but on the approval that waits', async () => {
  const { drill, request } = await asked();
  const { token = '' } = request;
  expect(token).not.toBe('');
  const seen = await drill.during(drill.asPerson(mara, 'GET', `/incidents/${request.incident}`));
  expect(JSON.stringify(seen.body)).not.toContain(token);
  await approves(drill, mara, request);
  await drill.settle();
  const vault = [...drill.world.accounts.values()].flatMap((account) =>
    [...account.buckets.values()].flatMap((b) =>
      [...b.objects.values()].flat().map((version) => Buffer.from(version.body).toString()),
    ),
  );
  expect(vault.some((text) => text.includes('"previous"'))).toBe(true);
  const sinks = {
    vault,
    mail: drill.deployment.outbox,
    logged: drill.logged,
    executions: drill.engine.executions.map(({ name, input, output, cause }) => ({ name, input, output, cause })),
    table: table(drill),
  };
  for (const [sink, content] of Object.entries(sinks))
    expect([sink, JSON.stringify(content).includes(token)]).toEqual([sink, false]);
});

it('changes nothing when a real token comes back without a decision, and asks on', async () => {
  const { drill, request } = await asked();
  const console = drill.deployment.functions.get('tourniquet-console');
  const credentials = drill.world.roleCredentials(console?.roleArn ?? '', 'forger');
  const send = (command: string, more: object) => {
    const { token } = question(drill, grants);
    return drill.during(drill.aws.send('SFN', command, { taskToken: token, ...more }, credentials, 'us-east-1'));
  };
  for (const output of [{}, { outcome: 'approved', onTimeout: 'proceed' }, { Payload: { outcome: 'approved' } }]) {
    await send('SendTaskSuccess', { output: JSON.stringify(output) });
    await drill.clock.runFor(20);
    expect(statements(drill)).toContain('TempShareForVendor');
    expect(question(drill, grants).outcome).toBeUndefined();
  }
  await send('SendTaskFailure', { error: 'Approved', cause: '{"outcome":"approved"}' });
  await drill.clock.runFor(20);
  expect(changeOf(drill, grants)).toBeUndefined();
  expect((await approves(drill, mara, request)).status).toBe(200);
  await drill.settle();
  expect(statements(drill)).toEqual(['PartnerLab']);
});

it('lets no machine and no caller have a step applied whose approval the records do not hold', async () => {
  const { drill, request } = await asked();
  const of = { op: 'record', incident: request.incident, plan: 1, step: request.subject.step ?? -1 };
  const forged = [of, { ...of, approval: request.id }, { ...of, approval: 'p1-s0-q1' }];
  for (const payload of forged)
    await expect(drill.during(drill.invoke('tourniquet-act', payload))).rejects.toMatchObject({ name: 'Refused' });
  expect(changeOf(drill, grants)).toBeUndefined();
});
