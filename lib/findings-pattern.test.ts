import { describe, expect, it } from 'vitest';
import { matches } from '../drills/aws/bus.ts';
import { edited, sample, sampleNames } from '../lambdas/sources/samples/load.ts';
import { findingsPatterns } from './findings-pattern.ts';

const accounts = Array.from({ length: 100 }, (_, n) => String(100_000_000_000 + n));
const rules = (of: string[]) => findingsPatterns(of).map(({ pattern }) => pattern as Record<string, unknown>);
const admitted = (event: Record<string, unknown>) =>
  rules([String(event.account)]).some((pattern) => matches(pattern, event));

describe('the rule that findings come in by', () => {
  const enveloped = sampleNames.filter((name) => 'detail-type' in sample(name));
  const informs = /^access-analyzer-(?:internal|unused|preview)/;

  it.each(enveloped)('lets %s in, unless it only informs', (name) => {
    expect(admitted(sample(name))).toBe(!informs.test(name));
  });

  it.each([
    [
      'AWS Health about operations',
      'health-abuse.eventbridge',
      { 'detail.service': 'EC2', 'detail.eventTypeCode': 'AWS_EC2_X' },
    ],
    [
      'Config about what complies',
      'config-bucket.eventbridge',
      { 'detail.newEvaluationResult.complianceType': 'COMPLIANT' },
    ],
    ['Config about a rule that is gone', 'config-bucket.eventbridge', { 'detail.newEvaluationResult': undefined }],
    [
      'a scan result',
      'public-bucket.guardduty-eventbridge',
      { 'detail-type': 'GuardDuty Malware Protection Object Scan Result' },
    ],
    ['a finding that somebody else made', 'public-bucket.guardduty-eventbridge', { source: 'example.guardduty' }],
  ])('keeps out what is never answered: %s', (_what, name, changes) => {
    expect(admitted(edited(name, changes))).toBe(false);
  });

  it('is about our accounts alone, in rules that EventBridge takes: 2,048 characters each', () => {
    const patterns = rules(accounts);
    expect(patterns.flatMap((pattern) => pattern.account)).toEqual(accounts);
    for (const pattern of patterns) expect(JSON.stringify(pattern).length).toBeLessThanOrEqual(2048);
    expect(patterns.some((pattern) => matches(pattern, sample('public-bucket.guardduty-eventbridge')))).toBe(false);
  });
});
