import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../lambdas/core/json.ts';
import type { Caller } from '../kernel.ts';
import { allow, deny, policy } from '../testWorld.ts';
import { conditionHolds } from './conditions.ts';
import { type EvaluationRequest, evaluate, type PolicySource } from './evaluate.ts';
import { arnMatches, matches } from './patterns.ts';
import { type PolicyKind, parsePolicy } from './policy.ts';

const account = '111122223333';
const role: Caller = {
  type: 'assumed-role',
  account,
  principalArn: `arn:aws:iam::${account}:role/ward`,
  sessionArn: `arn:aws:sts::${account}:assumed-role/ward/s`,
  userId: 'AROA1:s',
};
const user: Caller = {
  type: 'user',
  account,
  principalArn: `arn:aws:iam::${account}:user/u`,
  userId: 'AIDA1',
  userName: 'u',
};
const anonymous: Caller = { type: 'anonymous', account: 'anonymous', userId: 'anonymous' };

const source = (kind: PolicyKind, ...statements: JsonObject[]): PolicySource => ({
  name: kind,
  policy: parsePolicy(JSON.stringify(policy(...statements)), kind),
});
const request = (caller: Caller, owner = account): EvaluationRequest => ({
  action: 's3:GetObject',
  resource: 'arn:aws:s3:::b/k',
  owner,
  caller,
  context: new Map(),
});
const granting = (Principal: unknown) =>
  source('resource', { ...allow('s3:GetObject', 'arn:aws:s3:::b/*'), Principal: Principal as JsonObject });
const nothing = source('identity', allow('ec2:DescribeInstances'));

describe('the decision procedure', () => {
  it('denies whenever one policy denies, whatever the others allow', () => {
    const allowAll = allow('*');
    const place = fc.constantFrom('identity', 'boundary', 'session', 'resource');
    const caller = fc.constantFrom(role, user, { ...user, type: 'root' as const });
    fc.assert(
      fc.property(
        caller,
        place,
        fc.array(fc.constant(allowAll), { maxLength: 3 }),
        fc.nat(3),
        (who, where, more, at) => {
          const statements = [...more];
          statements.splice(at, 0, deny(['s3:Get*', 's3:PutObject'], 'arn:aws:s3:::b/*'));
          const all = (kind: PolicyKind, denying: boolean) =>
            source(
              kind,
              ...(denying ? statements : [allowAll]).map((s) => (kind === 'resource' ? { ...s, Principal: '*' } : s)),
            );
          const policies = {
            identity: [source('identity', allowAll), all('identity', where === 'identity')],
            boundary: all('identity', where === 'boundary'),
            session: all('identity', where === 'session'),
            resource: [all('resource', where === 'resource')],
          };
          expect(evaluate(request(who), policies).decision).toBe('explicit-deny');
        },
      ),
    );
  });

  it.each<[string, unknown, boolean, boolean]>([
    // what the resource policy names · Principal · allowed with a session policy that lacks it · with none and no identity policy
    ['the session', { AWS: role.sessionArn }, true, true],
    ['everybody', '*', true, true],
    ['the role', { AWS: role.principalArn }, false, true],
    ['the account', { AWS: account }, false, false],
    ['nobody here', { AWS: '444455556666' }, false, false],
  ])('in one account weighs a grant to %s', (_what, principal, withSession, withoutIdentity) => {
    const resource = [granting(principal)];
    const cut = evaluate(request(role), { identity: [nothing], session: nothing, resource });
    const bounded = evaluate(request(role), { identity: [nothing], boundary: nothing, resource });
    const bare = evaluate(request(role), { identity: [], resource });
    expect([cut.decision, bounded.decision, bare.decision].map((d) => d === 'allow')).toEqual([
      withSession,
      withSession,
      withoutIdentity,
    ]);
  });

  it('across accounts needs both sides, and the session policy on the caller side', () => {
    const foreign = (policies: Parameters<typeof evaluate>[1]) =>
      evaluate(request(role, '444455556666'), policies).decision;
    const own = [source('identity', allow('s3:GetObject'))];
    const named = [granting({ AWS: role.sessionArn })];
    expect(foreign({ identity: own, resource: named })).toBe('allow');
    expect(foreign({ identity: [], resource: named })).toBe('implicit-deny');
    expect(foreign({ identity: own, resource: [] })).toBe('implicit-deny');
    expect(foreign({ identity: own, session: nothing, resource: named })).toBe('implicit-deny');
    expect(foreign({ identity: own, boundary: nothing, resource: named })).toBe('implicit-deny');
  });

  it('gives anonymous callers only what names everybody', () => {
    const anyone = (principal: unknown) =>
      evaluate(request(anonymous), { identity: [], resource: [granting(principal)] });
    expect([anyone('*').decision, anyone({ AWS: account }).decision]).toEqual(['allow', 'implicit-deny']);
  });

  it('exempts from a Deny with NotPrincipal whom it names, but not the users of a named account', () => {
    const except = (principal: string) => [
      source('resource', { Effect: 'Deny', Action: '*', Resource: '*', NotPrincipal: { AWS: principal } }),
    ];
    const identity = [source('identity', allow('*'))];
    const decision = (principal: string) => evaluate(request(user), { identity, resource: except(principal) }).decision;
    expect([decision(user.principalArn ?? ''), decision(account)]).toEqual(['allow', 'explicit-deny']);
  });

  it('gives a federated session nothing without a session policy', () => {
    const federated: Caller = { ...user, type: 'federated-user' };
    const identity = [source('identity', allow('*'))];
    expect(evaluate(request(federated), { identity, resource: [] }).decision).toBe('implicit-deny');
    const session = source('identity', allow('s3:*'));
    expect(evaluate(request(federated), { identity, session, resource: [] }).decision).toBe('allow');
  });
});

describe('conditions', () => {
  const context = new Map([
    ['aws:username', ['anna']],
    ['aws:sourceip', ['203.0.113.9']],
    ['aws:tokenissuetime', ['2026-11-03T02:00:00Z']],
    ['aws:tagkeys', ['a', 'b']],
  ]);
  const holds = (operator: string, key: string, ...values: string[]) =>
    conditionHolds({ operator, key, values }, context, true);

  it.each([
    ['StringEquals', false],
    ['StringLike', false],
    ['Bool', false],
    ['DateLessThan', false],
    ['NumericLessThan', false],
    ['IpAddress', false],
    ['ArnLike', false],
    ['ForAnyValue:StringEquals', false],
    ['StringNotEquals', true],
    ['StringNotLike', true],
    ['ArnNotLike', true],
    ['NotIpAddress', true],
    ['DateNotEquals', true],
    ['StringEqualsIfExists', true],
    ['BoolIfExists', true],
    ['ForAllValues:StringEquals', true],
  ])('on a missing key: %s is %s', (operator, expected) => {
    expect(holds(operator, 'aws:nothing', 'x')).toBe(expected);
  });

  it('test presence with Null', () => {
    expect([holds('Null', 'aws:nothing', 'true'), holds('Null', 'aws:username', 'true')]).toEqual([true, false]);
  });

  it('match any of several values, and none of them when negated', () => {
    expect(holds('StringEquals', 'AWS:UserName', 'bert', 'anna')).toBe(true);
    expect(holds('StringNotEquals', 'aws:username', 'bert', 'anna')).toBe(false);
    expect(holds('StringEquals', 'aws:username', 'Anna')).toBe(false);
    expect(holds('StringEquals', 'aws:username', 'a*')).toBe(false);
    expect(holds('ForAllValues:StringEquals', 'aws:TagKeys', 'a', 'b', 'c')).toBe(true);
    expect(holds('ForAnyValue:StringEquals', 'aws:TagKeys', 'b')).toBe(true);
    expect(holds('ForAllValues:StringEquals', 'aws:TagKeys', 'a')).toBe(false);
  });

  it('compare dates, numbers and addresses as such', () => {
    expect(holds('DateLessThan', 'aws:TokenIssueTime', '2026-11-03T02:00:01Z')).toBe(true);
    expect(holds('DateLessThan', 'aws:TokenIssueTime', '2026-11-03T02:00:00Z')).toBe(false);
    expect(holds('DateGreaterThanEquals', 'aws:TokenIssueTime', '2026-11-03T03:00:00+01:00')).toBe(true);
    expect(holds('IpAddress', 'aws:SourceIp', '203.0.113.0/24')).toBe(true);
    expect(holds('IpAddress', 'aws:SourceIp', '2001:db8::/32')).toBe(false);
    expect(
      conditionHolds({ operator: 'NumericLessThan', key: 'n', values: ['10'] }, new Map([['n', ['9']]]), true),
    ).toBe(true);
  });

  it('resolve policy variables as literal text', () => {
    expect(holds('StringLike', 'aws:username', '${aws:username}')).toBe(true);
    expect(matches('arn:aws:s3:::b/${aws:username}/*', 'arn:aws:s3:::b/anna/x', context)).toBe(true);
    expect(matches('arn:aws:s3:::b/${aws:nothing}/*', 'arn:aws:s3:::b//x', context)).toBe(false);
    expect(matches("b/${aws:nothing, 'all'}", 'b/all', context)).toBe(true);
    expect(matches('${aws:username}', 'anna')).toBe(false);
    expect(matches('${*}', 'anything', context)).toBe(false);
    expect(matches('${aws:username}', 'xyz', new Map([['aws:username', ['*']]]))).toBe(false);
  });
});

describe('patterns', () => {
  it('match every text that their wildcards can be filled to', () => {
    const piece = fc.stringMatching(/^[a-c/]{0,4}$/);
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 5 }),
        fc.array(piece, { minLength: 5, maxLength: 5 }),
        (literals, fills) => {
          const text = literals.map((literal, i) => (i === 0 ? literal : `${fills[i - 1]}${literal}`)).join('');
          expect(matches(literals.join('*'), text)).toBe(true);
          expect(matches(literals.join('*'), `${text}!`)).toBe(literals.at(-1) === '' && literals.length > 1);
        },
      ),
    );
  });

  it('stay fast on a pattern made to be slow', () => {
    const started = performance.now();
    expect(matches(`${'*a'.repeat(200)}b`, 'a'.repeat(2000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('compare ARNs part by part', () => {
    const arn = 'arn:aws:iam::111122223333:role/ward/x';
    expect(arnMatches('arn:aws:iam::*:role/ward/*', arn)).toBe(true);
    expect(arnMatches('arn:*:role/ward/x', arn)).toBe(false);
    expect(arnMatches('*', arn)).toBe(true);
  });
});

describe('a policy text', () => {
  it.each([
    ['{', 'not JSON'],
    ['{"Statement":[{"Effect":"Allow","Action":"s3:*"}]}', 'Resource'],
    ['{"Statement":[{"Effect":"Allow","Action":"GetObject","Resource":"*"}]}', 'vendor'],
    ['{"Statement":[{"Effect":"Maybe","Action":"s3:*","Resource":"*"}]}', 'Effect'],
    ['{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Principal":"*"}]}', 'Principal'],
    [
      '{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringIs":{"a":"b"}}}]}',
      'Condition.StringIs',
    ],
    ['{"Statement":[],"Comment":"x"}', ''],
  ])('that AWS would refuse is refused: %s', (text, reason) => {
    expect(() => parsePolicy(text, 'identity')).toThrow(reason);
  });
});
