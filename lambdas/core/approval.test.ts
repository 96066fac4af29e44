import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { expect, it } from 'vitest';
import {
  type ApprovalRequest,
  approvalHash,
  askedAt,
  type Decision,
  decisionRefusal,
  escalationMinutes,
  look,
} from './approval.ts';

const start = Temporal.Instant.from('2026-11-21T02:00:00Z');
const after = (seconds: number) => start.add({ milliseconds: seconds * 1000 });
const request: ApprovalRequest = {
  id: 'p1-s1-q1',
  incident: '01M7VF8BNC0000000000000001',
  subject: {
    kind: 'step',
    plan: 1,
    step: 1,
    action: 'remove-public-bucket-grants',
    target: { kind: 's3-bucket', id: 'records', account: '111122223333', region: 'us-east-1' },
    title: 'Remove the grants',
  },
  hash: 'h1',
  before: 'b1',
  shows: [],
  losses: [],
  consequence: '',
  asks: [],
  needs: 'one',
  onTimeout: 'hold',
  askedAt: start.toString(),
  expiresAt: start.add({ minutes: 20 }).toString(),
  told: 1,
};
const two: ApprovalRequest = { ...request, needs: 'two' };
const restore: ApprovalRequest = { ...two, requester: 'mara', typed: 'records' };
const says = (principal: string, more: Partial<Decision> = {}): Decision => ({
  approval: request.id,
  hash: request.hash,
  decision: 'approve',
  principal,
  signedInAs: principal,
  name: principal.toUpperCase(),
  reason: 'because',
  decidedAt: after(60).toString(),
  ...more,
});

it('is approved by one valid decision, or by two different people where two are asked', () => {
  expect(look(request, [says('mara')], after(61)).outcome).toBe('approved');
  expect(look(two, [says('mara')], after(61)).outcome).toBe('ask');
  expect(look(two, [says('mara'), says('mara')], after(61)).outcome).toBe('ask');
  expect(look(two, [says('mara'), says('tomas')], after(61))).toEqual({ outcome: 'approved', by: ['MARA', 'TOMAS'] });
});

it("counts the requester as the first of two, but never the requester's own decision", () => {
  expect(look(restore, [says('mara')], after(61)).outcome).toBe('ask');
  expect(look(restore, [says('tomas')], after(61)).outcome).toBe('approved');
  expect(look({ ...restore, needs: 'one' }, [says('mara')], after(61)).outcome).toBe('ask');
});

it('is declined by one decline, whoever else approves', () => {
  const decisions = [says('mara'), says('tomas', { decision: 'decline' })];
  expect(look(two, decisions, after(61))).toEqual({ outcome: 'declined', by: ['TOMAS'] });
});

it('is approved by nothing but decisions on this very hash by others than the requester', () => {
  const anyDecision = fc.record({
    hash: fc.constantFrom('h1', 'h2'),
    decision: fc.constantFrom('approve' as const, 'decline' as const),
    principal: fc.constantFrom('mara', 'tomas', 'priya'),
  });
  const anyRequest = fc.constantFrom(request, two, restore, { ...restore, needs: 'one' as const });
  fc.assert(
    fc.property(anyRequest, fc.array(anyDecision), fc.integer({ min: 0, max: 3000 }), (asked, given, seconds) => {
      const decisions = given.map(({ principal, ...more }) => says(principal, more));
      const valid = decisions.filter((d) => d.hash === 'h1' && d.principal !== asked.requester);
      const people = new Set(valid.filter((d) => d.decision === 'approve').map((d) => d.principal)).size;
      const needed = asked.needs === 'two' && !asked.requester ? 2 : 1;
      const { outcome } = look(asked, decisions, after(seconds));
      if (valid.some((d) => d.decision === 'decline')) expect(outcome).toBe('declined');
      else if (people >= needed) expect(outcome).toBe('approved');
      else expect(outcome).toBe(seconds >= 1200 ? 'timed-out' : 'ask');
    }),
  );
});

it('waits until the next mark of the escalation and never past the end', () => {
  const waits = (seconds: number) => {
    const seen = look(request, [], after(seconds));
    return seen.outcome === 'ask' ? [seen.level, seen.waitSeconds] : seen.outcome;
  };
  expect([0, 299.5, 300, 600, 900, 1199, 1199.5, 1200].map(waits)).toEqual([
    [0, 300],
    [0, 1],
    [1, 300],
    [2, 300],
    [3, 300],
    [3, 1],
    [3, 1],
    'timed-out',
  ]);
  expect(escalationMinutes).toEqual([5, 10, 15]);
});

it('asks one more person where a second one must decide', () => {
  expect([request, two, restore, { ...request, requester: 'mara' }].map((r) => askedAt(r, 0))).toEqual([1, 2, 2, 2]);
  expect(askedAt(request, 3)).toBe(4);
});

it('counts only the people who are named to decide, however many others approve', () => {
  const dana = { name: 'Dana', email: 'dana@example.com', principal: 'arn:aws:iam::222222222222:user/dana' };
  const notice: ApprovalRequest = { ...request, deciders: [dana], requester: 'ruth' };
  const others = ['mara', 'tomas', 'priya', 'ruth'].map((name) => says(name));
  expect(look(notice, others, after(61)).outcome).toBe('ask');
  expect(look(notice, [...others, says('mara', { decision: 'decline' })], after(61)).outcome).toBe('ask');
  expect(look(notice, [...others, says(dana.principal)], after(61)).outcome).toBe('approved');
  expect(decisionRefusal(notice, { principal: 'mara', hash: 'h1' }, [], after(61))).toBe('only Dana may decide this');
  expect(decisionRefusal(notice, { principal: dana.principal, hash: 'h1' }, [], after(61))).toBeUndefined();
  expect([0, 1, 2].map((level) => askedAt(notice, level))).toEqual([1, 2, 3]);
});

it('asks again when the request says so, where it says anything', () => {
  const days = { ...request, escalation: [1440, 2880], expiresAt: start.add({ hours: 72 }).toString() };
  const seen = [0, 86_400, 172_800].map((s) => look(days, [], after(s)));
  expect(seen).toEqual([0, 1, 2].map((level) => ({ outcome: 'ask', level, waitSeconds: 86_400 })));
  expect(look(days, [], after(259_200)).outcome).toBe('timed-out');
});

it('binds to the plan, the step, the action, the before-state and the intended result', () => {
  const shown = { planHash: 'p', step: 1, action: 'a', before: { x: 1 }, after: { x: 2 } };
  const others = [
    { ...shown, planHash: 'q' },
    { ...shown, step: 2 },
    { ...shown, action: 'b' },
    { ...shown, before: { x: 0 } },
    { ...shown, after: { x: 3 } },
  ];
  expect(new Set([shown, ...others].map(approvalHash)).size).toBe(6);
  expect(approvalHash({ ...shown })).toBe(approvalHash(shown));
});

it('refuses a decision in words', () => {
  const given = { principal: 'tomas', hash: 'h1', typed: 'records' };
  const now = after(61);
  const late = after(1300);
  expect(decisionRefusal(restore, given, [], now)).toBeUndefined();
  expect(decisionRefusal(restore, { ...given, typed: 'Records' }, [], now)).toContain('type "records"');
  expect(decisionRefusal(restore, { ...given, principal: 'mara' }, [], now)).toContain('somebody else must approve');
  expect(decisionRefusal(request, { ...given, hash: 'h2' }, [], now)).toContain('look at it again');
  expect(decisionRefusal(two, given, [says('tomas')], now)).toContain('you have already decided');
  expect(decisionRefusal(request, given, [], late)).toBe(`nobody answered until ${request.expiresAt}, so it was held`);
  expect(decisionRefusal({ ...request, onTimeout: 'proceed' }, given, [], late)).toContain('so it went ahead');
  expect(decisionRefusal({ ...request, outcome: 'voided' }, given, [says('mara')], now)).toContain('it is void');
});

it('names who decided and when, also before the machine has looked', () => {
  const given = { principal: 'priya', hash: 'h1' };
  const decided = [says('tomas', { decidedAt: after(90).toString() }), says('mara')];
  const words = 'already decided by TOMAS at 2026-11-21T02:01:30Z';
  expect(decisionRefusal(two, given, decided, after(95))).toBe(words);
  expect(decisionRefusal({ ...two, outcome: 'approved' }, given, decided, after(5000))).toBe(words);
});
