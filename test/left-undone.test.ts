import { IAMClient, UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import { expect, it } from 'vitest';
import type { World } from '../drills/aws/world.ts';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import exposedFinding from '../drills/scenarios/exposed-database/finding.json' with { type: 'json' };
import exposedDatabase from '../drills/scenarios/exposed-database/scenario.ts';
import insiderFinding from '../drills/scenarios/insider/finding.json' with { type: 'json' };
import insider from '../drills/scenarios/insider/scenario.ts';
import type { ApprovalRequest } from '../lambdas/core/approval.ts';
import type { JsonObject } from '../lambdas/core/json.ts';
import type { Settings } from '../lambdas/core/settings.ts';
import {
  approvals,
  clinic,
  clockPerTest,
  event,
  plans,
  region,
  rehearse,
  settings,
  steps,
  ticks,
  timeline,
} from './arrivals.ts';
import {
  approves,
  askedAfter,
  changeOf,
  decisionOn,
  inMode,
  mailed,
  mara,
  only,
  question,
  say,
  theCase,
  tomas,
  untilAsked,
} from './rehearsed.ts';

clockPerTest();

const key = 'AKIAIOSFODNN7EXAMPLE';
const user = { kind: 'iam-user' as const, id: 'etl-nightly', account: clinic, region };
const leak = () =>
  event('leaked-key.guardduty-eventbridge', {
    'detail.resource.accessKeyDetails.userName': user.id,
    'detail.resource.accessKeyDetails.accessKeyId': key,
  });
const seed = (world: World) => {
  world.account(clinic).addUser({ name: user.id, accessKeys: [{ id: key }] });
};
const leaked = (more: Partial<Settings> = {}) => rehearse({ settings: inMode('contain-suspected', more), seed });
const declines = (drill: Rehearsal, asked: ApprovalRequest) =>
  say(drill, mara, decisionOn(asked, { decision: 'decline', reason: 'the key is off, that is enough' }));
const outcome = (drill: Rehearsal, action: string) => steps(drill).find((s) => s.action === action)?.outcome;
const paged = (drill: Rehearsal) => mailed(drill).filter((m) => m.subject.includes('ACT NOW'));
const repeats = [
  'Deny the user everything (IAM user etl-nightly)',
  'Deny the user through the organization (IAM user etl-nightly)',
];

it('waits while a stronger repeat of what holds is undecided, and is contained once people have declined it', async () => {
  const drill = await leaked();
  const asked = await askedAfter(drill, leak(), 2);
  await drill.clock.runFor(20);
  expect(outcome(drill, 'deactivate-access-key')).toBe('verified');
  expect(theCase(drill).status).toBe('waiting for a person');
  for (const one of asked) await declines(drill, one);
  await drill.settle();
  expect(theCase(drill)).toMatchObject({
    status: 'contained',
    open: [],
    offered: repeats.map((one) => `offered and declined: ${one}`),
  });
  expect(timeline(drill).map((e) => e.text)).toContain(
    `contained: ${repeats.map((one) => `offered and declined: ${one}`).join('; ')}`,
  );
  expect(paged(drill)).toEqual([]);
});

it('is not contained by silence: what nobody answered is open, also where it only repeats what holds', async () => {
  const drill = await leaked();
  await askedAfter(drill, leak(), 2);
  await drill.settle();
  await ticks(drill, 2);
  expect(theCase(drill).status).toBe('partly contained');
  expect(theCase(drill).offered).toEqual([]);
  expect(paged(drill).length).toBeGreaterThan(0);
});

it('is no longer contained when what the declined step would have repeated drifts', async () => {
  const drill = await leaked();
  for (const one of await askedAfter(drill, leak(), 2)) await declines(drill, one);
  await drill.settle();
  const iam = drill.aws.client(IAMClient, { region, credentials: drill.world.rootCredentials(clinic) });
  await drill.during(iam.send(new UpdateAccessKeyCommand({ UserName: user.id, AccessKeyId: key, Status: 'Active' })));
  await ticks(drill, 2);
  expect(theCase(drill).open.join('; ')).toMatch(
    /Deactivate the access key.*drifted.*Deny the user everything.*declined/,
  );
  expect(theCase(drill).status).toBe('partly contained');
});

it('is contained without the organization, and says what could not be done more strongly', async () => {
  const { management: _none, ...accounts } = inMode('contain-suspected').accounts;
  const drill = await leaked({ accounts });
  const [asked] = await askedAfter(drill, leak());
  if (!asked) throw new Error('nobody was asked');
  await approves(drill, mara, asked);
  await drill.settle();
  expect(theCase(drill)).toMatchObject({ status: 'contained', open: [] });
  expect(theCase(drill).offered).toEqual([
    expect.stringMatching(/^not touched more strongly: IAM user etl-nightly: no management role is configured/),
  ]);
  expect(mailed(drill).filter((m) => m.text?.includes('see to it'))).toEqual([]);
});

it('tells people once, as something they must see to, what it must not touch and leaves open', async () => {
  const exception = {
    target: user,
    actions: ['deny-user-sessions'],
    reason: 'the migration signs in with it',
    owner: 'Platform team',
    expires: '2027-01-31',
  };
  const drill = await leaked({ exceptions: [exception] });
  for (const one of await askedAfter(drill, leak(), 2)) await declines(drill, one);
  await drill.settle();
  await ticks(drill, 2);
  const line =
    'not touched: IAM user etl-nightly: exception of Platform team until 2027-01-31: the migration signs in with it';
  expect(theCase(drill).status).toBe('partly contained');
  expect(theCase(drill).open.filter((one) => one.startsWith('not touched'))).toEqual([line]);
  const told = mailed(drill).filter((m) => m.text?.includes(`see to it: ${line}`));
  expect(told.map((m) => m.subject.includes('NEEDS YOU'))).toEqual([true]);
  expect(told[0]?.to).toEqual(settings.onCall.map((p) => p.email));
});

const ref = (drill: Rehearsal, action: string): JsonObject => {
  const change = changeOf(drill, action);
  if (!change) throw new Error(`no change ${action}`);
  return { action, target: { ...change.target }, generation: change.generation };
};
const request = (drill: Rehearsal, more: JsonObject = {}): JsonObject => ({
  decision: 'restore',
  incident: theCase(drill).id,
  reason: 'it was a false alarm',
  ...more,
});
const approvesAll = async (drill: Rehearsal, asked: ApprovalRequest[]) => {
  for (const one of asked) {
    await approves(drill, mara, one);
    if (one.needs === 'two') await approves(drill, tomas, one);
  }
  await drill.settle();
};

it('keeps snapshots through a restore, says so, and refuses to restore nothing else', async () => {
  const drill = await rehearse({ seed: (world) => exposedDatabase.seed(world), settings: inMode('contain-suspected') });
  await approvesAll(drill, await askedAfter(drill, exposedFinding));
  const why = /Take a snapshot of the database \(RDS instance .*\): the snapshot is evidence and is kept/;
  const refused = await say(drill, mara, request(drill, { changes: [ref(drill, 'snapshot-database')] }));
  expect([refused.status, refused.body.error]).toEqual([403, expect.stringMatching(why)]);

  const said = await say(drill, mara, request(drill));
  expect([said.status, said.body.kept]).toEqual([200, [expect.stringMatching(why)]]);
  await approves(drill, tomas, only(await untilAsked(drill)));
  await drill.settle();
  expect(outcome(drill, 'snapshot-database')).toBe('verified');
  expect(changeOf(drill, 'snapshot-database')?.state).toBe('verified');
  expect(outcome(drill, 'close-database')).toBe('restored');
  const texts = timeline(drill).map((e) => e.text);
  expect(texts.filter((t) => /; kept: Take a snapshot/.test(t))).toHaveLength(1);
  expect(texts.filter((t) => /snapshot.*put back exactly/.test(t))).toEqual([]);
});

it('says before it is done that it cannot be undone, and refuses up front to restore it, with what a person does instead', async () => {
  const drill = await rehearse({ seed: (world) => insider.seed(world), settings: inMode('contain-suspected') });
  const asked = await askedAfter(drill, insiderFinding, 3);
  expect(only(plans(drill)).plan.playbooks).toEqual(['insider']);
  const instead =
    'the password is gone for good: an administrator gives the user a new one (aws iam create-login-profile --user-name rosa.diaz';
  expect(question(drill, 'remove-console-login')).toMatchObject({ needs: 'two', onTimeout: 'hold' });
  expect(mailed(drill).filter((m) => m.text?.includes(`it cannot be undone: ${instead}`))).not.toEqual([]);
  await approvesAll(drill, asked);

  const before = approvals(drill).length;
  const named = [ref(drill, 'remove-console-login'), ref(drill, 'deny-user')];
  const refused = await say(drill, mara, request(drill, { changes: named }));
  expect(refused.status).toBe(403);
  expect(refused.body.error).toContain(
    `it cannot be undone: Remove the user's console login (IAM user rosa.diaz): ${instead}`,
  );
  await drill.settle();
  expect(approvals(drill)).toHaveLength(before);

  const said = await say(drill, mara, request(drill));
  expect(said.body.kept).toEqual([expect.stringContaining(instead)]);
  expect(only(await untilAsked(drill)).shows.join()).not.toContain('console login');
});
