import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { deniedUntil, denyOlderSessions } from './session-deny.ts';

const at = Temporal.Instant.from('2026-03-01T10:00:00.250Z');
const deny = (time: unknown, more: object = {}) => ({
  Effect: 'Deny',
  Action: ['*'],
  Resource: ['*'],
  Condition: { DateLessThan: { 'aws:TokenIssueTime': time } },
  ...more,
});
const text = (...Statement: unknown[]) => JSON.stringify({ Version: '2012-10-17', Statement });

describe('denyOlderSessions', () => {
  it('denies everything to sessions issued before half a minute from now, in UTC', () => {
    expect(JSON.parse(denyOlderSessions(null, at)).Statement).toEqual([deny('2026-03-01T10:00:31Z')]);
  });

  it('moves an earlier time and keeps everything else in its place', () => {
    const other = { Sid: 'other', Effect: 'Deny', Action: 's3:*', Resource: '*' };
    const before = text(deny('2026-02-01T00:00:00Z', { Sid: 'console' }), other);
    expect(JSON.parse(denyOlderSessions(before, at)).Statement).toEqual([
      deny('2026-03-01T10:00:31Z', { Sid: 'console' }),
      other,
    ]);
  });

  it('keeps a later time: two runs that overlap leave the latest', () => {
    const later = text(deny('2026-03-01T11:00:00Z'));
    expect(denyOlderSessions(later, at)).toBe(later);
    expect(denyOlderSessions(denyOlderSessions(null, at), at)).toBe(denyOlderSessions(null, at));
  });

  it('adds its statement to a document that denies less', () => {
    const less = text(deny('2026-02-01T00:00:00Z', { Action: ['s3:*'] }));
    expect(deniedUntil(less)).toBeNull();
    expect(JSON.parse(denyOlderSessions(less, at)).Statement).toHaveLength(2);
  });
});

describe('deniedUntil', () => {
  it('reads only statements that deny all actions on all resources by issue time alone', () => {
    const second = { DateLessThan: { 'aws:TokenIssueTime': '2026-01-01T00:00:00Z' }, Bool: { 'aws:x': 'true' } };
    expect(deniedUntil(null)).toBeNull();
    expect(deniedUntil(text(deny('2026-01-01T00:00:00Z', { Effect: 'Allow' })))).toBeNull();
    expect(deniedUntil(text(deny('2026-01-01T00:00:00Z', { Resource: ['arn:aws:s3:::x'] })))).toBeNull();
    expect(deniedUntil(text(deny('', { Condition: second })))).toBeNull();
    expect(deniedUntil(text(deny('', { Condition: { DateGreaterThan: second.DateLessThan } })))).toBeNull();
    expect(deniedUntil(text(deny('yesterday')))).toBeNull();
    expect(deniedUntil(text(deny(['2026-01-01T00:00:00Z']), deny('2026-02-01T00:00:00Z')))?.toString()).toBe(
      '2026-02-01T00:00:00Z',
    );
    expect(deniedUntil(text({ Effect: 'Deny', Action: '*', Resource: '*' }))).toBe('always');
  });
});
