import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import type { Target } from '../../core/target.ts';
import action from './action.ts';
import { denies, denySession } from './deny.ts';

const target: Target = { kind: 'role-session', id: 'export/task-1', account: '111122223333', region: 'us-east-1' };
const state = { arn: 'arn:aws:iam::111122223333:role/export', roleId: 'AROAEXAMPLE', policy: null };
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
const userId = 'AROAEXAMPLE:task-1';

describe('deny-role-session', () => {
  it('names the session by the id of the role and its name, and no other session', () => {
    const { policy } = action.intend(state, target, at);
    expect(JSON.parse(policy ?? '').Statement).toEqual([
      { Effect: 'Deny', Action: ['*'], Resource: ['*'], Condition: { StringEquals: { 'aws:userid': [userId] } } },
    ]);
    expect(denies(policy, userId)).toBe(true);
    expect(denies(policy, 'AROAEXAMPLE:task-10')).toBe(false);
    expect(denies(policy, 'AROAANOTHER:task-1')).toBe(false);
  });

  it('keeps what somebody else wrote into the same policy, also where it is no list', () => {
    const keep = { Sid: 'Keep', Effect: 'Deny', Action: 's3:DeleteObject', Resource: '*' };
    for (const Statement of [keep, [keep]]) {
      const text = denySession(JSON.stringify({ Version: '2012-10-17', Statement }), userId);
      expect(JSON.parse(text).Statement).toEqual([keep, expect.objectContaining({ Action: ['*'] })]);
      expect(denySession(text, userId)).toBe(text);
    }
  });

  it('is not safe when the denial allows, is narrower, or has a further condition', () => {
    const text = denySession(null, userId);
    const safe = (policy: string) => action.verify({ ...state, policy }, target, state).safe;
    expect(safe(text)).toBe(true);
    for (const [from, to] of [
      ['"Deny"', '"Allow"'],
      ['"Action":["*"]', '"Action":["s3:*"]'],
      ['"Resource":["*"]', '"Resource":["arn:aws:s3:::x"]'],
      ['StringEquals', 'StringNotEquals'],
      ['"Condition":{', '"Condition":{"Bool":{"aws:ViaAWSService":"true"},'],
    ] as const)
      expect(safe(text.replace(from, to))).toBe(false);
  });

  it('says that an instance loses the role with new credentials too, because its session keeps its name', () => {
    const instance = { ...target, id: 'ward-host/i-0abc1234def567890' };
    expect(action.losses(state, instance)[0]).toMatch(
      /EC2 instance i-0abc1234def567890 .*credentials that it gets anew/,
    );
    expect(action.losses(state, target)[1]).toMatch(/Other sessions of the role go on/);
    expect(action.losses(action.intend(state, target, at), target)).toEqual([]);
  });
});
