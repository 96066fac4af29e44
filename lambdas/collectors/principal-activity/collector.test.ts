import { describe, expect, it } from 'vitest';
import { at, lines, run } from '../../../test/collecting.ts';
import type { AccountSeed } from '../../../test/member-account.ts';
import { collectorManifest } from '../../core/manifest.ts';
import { sessionPolicy } from '../../core/session-policy.ts';
import type { Target } from '../../core/target.ts';
import manifest from './collector.json' with { type: 'json' };
import activity from './collector.ts';

const account = '111122223333';
const place = { account, region: 'eu-west-1' };
const user: Target = { kind: 'iam-user', id: 'rosa.diaz', ...place };
const session: Target = { kind: 'role-session', id: 'records-export/7f3c9a1e', ...place };
const root: Target = { kind: 'root-user', id: 'root', ...place };

const asUser = (userName: string) => ({ type: 'IAMUser', userName });
const asRole = (role: string) => ({
  type: 'AssumedRole',
  sessionContext: { sessionIssuer: { type: 'Role', userName: role } },
});
const event = (username: string, userIdentity: object, eventName: string, more: object = {}) => ({
  eventSource: 'iam.amazonaws.com',
  eventName,
  username,
  userIdentity,
  eventTime: at.subtract({ minutes: 40 }),
  ...more,
});
const minted = (id: string) => ({ responseElements: { credentials: { accessKeyId: id } } });
const assume = (username: string, who: object, role: string, id: string) =>
  event(username, who, 'AssumeRole', {
    requestParameters: { roleArn: `arn:aws:iam::${account}:role/${role}`, roleSessionName: 's' },
    ...minted(id),
  });
const made = (id: string, userName: string) => ({
  requestParameters: { userName },
  responseElements: { accessKey: { accessKeyId: id, userName } },
});
const second = 'AKIAI44QH8DHBEXAMPLE';

const collect = (target: Target, events: ReturnType<typeof event>[], seed: AccountSeed = {}) =>
  run(activity, manifest, target, seed, ({ world }) => {
    for (const one of events) world.account(account).addEvent(one as never);
  });
const names = (body: unknown[]) => body.map((line) => (line as { eventName: string }).eventName);

describe('principal-activity', () => {
  it("brings home what a session did, and nothing of another role's session of the same name", async () => {
    const c = await collect(session, [
      event('7f3c9a1e', asRole('records-export'), 'ListUsers'),
      event('7f3c9a1e', asRole('billing'), 'DeleteUser'),
      event('7f3c9a1e', { type: 'AWSAccount', accountId: '444455556666' }, 'AssumeRole'),
      event('7f3c9a1e', { ...asRole('records-export'), type: 'FederatedUser' }, 'ListKeys'),
      event('other', asRole('records-export'), 'ListRoles'),
    ]).collected;
    expect(names(lines(c))).toEqual(['ListUsers']);
    expect(c.summary).toContain('1 event of role session records-export/7f3c9a1e, 0 refused');
    expect(c.coverage.notes).toContainEqual('left out, of others who go by the same name: 3 events');
  });

  it('does not take a session that is called like the user, or like root, for him', async () => {
    const forged = [event('rosa.diaz', asRole('staff'), 'A'), event('root', asUser('root'), 'B')];
    for (const target of [user, root]) expect(lines(await collect(target, forged).collected)).toEqual([]);
  });

  it('keeps an event whose caller cannot be read, lest evidence be lost', async () => {
    const c = await collect(user, [event('rosa.diaz', {}, 'ListUsers')]).collected;
    expect(names(lines(c))).toEqual(['ListUsers']);
  });

  it('names the doors that a user opened: keys, users of other keys, and the roles that he went into', async () => {
    const c = await collect(user, [
      event('rosa.diaz', asUser('rosa.diaz'), 'CreateAccessKey', made(second, 'billing')),
      assume('rosa.diaz', asUser('rosa.diaz'), 'reports', 'ASIAAAAAAAAAAAAAAAAA'),
      event('s', asRole('reports'), 'UpdateAssumeRolePolicy', {
        accessKeyId: 'ASIAAAAAAAAAAAAAAAAA',
        requestParameters: { roleName: 'reports' },
      }),
    ]).collected;
    expect(c.footholds.map(({ target: t }) => `${t.kind} ${t.id}`).sort()).toEqual([
      `iam-access-key ${second}`,
      'iam-role reports',
      'iam-user billing',
    ]);
    expect(c.footholds.map((f) => f.how).join()).toContain('by IAM user rosa.diaz');
    expect(c.summary).toContain('UpdateAssumeRolePolicy for role reports');
    expect(lines(c)).toHaveLength(3);
  });

  it("counts once what is found under the user's name and under the key of the session that he minted", async () => {
    const token = 'ASIABBBBBBBBBBBBBBBB';
    const c = await collect(user, [
      event('rosa.diaz', asUser('rosa.diaz'), 'GetSessionToken', minted(token)),
      event('rosa.diaz', asUser('rosa.diaz'), 'ListUsers', { accessKeyId: token }),
    ]).collected;
    expect(lines(c)).toHaveLength(2);
    expect(c.summary).toContain('2 events of IAM user rosa.diaz and of 1 session minted with it');
  });

  it('looks for root in every Region, and says what ends the sessions that it minted', async () => {
    const c = await collect(root, [
      event('root', { type: 'Root' }, 'GetSessionToken', { ...minted('ASIABBBBBBBBBBBBBBBB'), awsRegion: 'us-west-2' }),
      event('root', { type: 'Root' }, 'CreateAccessKey', made(second, 'billing')),
    ]).collected;
    expect(c.summary).toMatch(/of the root user .*GetSessionToken at .*ended by denying the root user/);
    expect(c.footholds.map((f) => f.how)).toContainEqual(expect.stringMatching(/^made for user billing .* root user$/));
  });

  it('never calls itself complete, and says whether a trail logs and that object reads are not in it', async () => {
    const trails = [{ name: 'main', homeRegion: 'us-east-1', bucket: 'logs', logging: false }];
    const r = collect(user, [], { trails });
    const c = await r.collected;
    expect(c.coverage.level).toBe('partial');
    expect(c.summary).toBe('No events of IAM user rosa.diaz.');
    expect(c.coverage.notes.join()).toMatch(/CloudTrail lags.*management events only.*trail main: NOT logging/);
    expect([...r.used].sort()).toEqual(manifest.permissions.flatMap((s) => s.actions).sort());
  });

  it('fits into a session policy', () => {
    const { permissions } = collectorManifest.parse(manifest);
    const target = { ...session, id: `${'r'.repeat(64)}/${'s'.repeat(64)}` };
    const policy = sessionPolicy(permissions, { target, partition: 'aws-us-gov', scope: {} });
    expect(policy.length).toBeLessThanOrEqual(2048);
  });
});
