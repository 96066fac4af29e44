import type { Settings } from '../lambdas/core/settings.ts';
import { prefix } from './names.ts';

/** The event that goes the way of a finding every five minutes, and by which intake knows that the way is open (lambdas/intake). */
export const heartbeat = { source: `${prefix}.heartbeat`, detailType: 'Heartbeat' } as const;

/** An event pattern holds 2,048 characters (EventBridge quotas); so many account ids leave room for the rest. */
const accountsPerRule = 80;

/**
 * What a source reads (lambdas/sources) and may be answered. AWS Health about operations, and Config about what complies, are the
 * many: neither is ever answered, so neither is let in. Everything else is, and what intake ignores is recorded with the reason.
 */
const answerable = [
  { source: ['aws.guardduty'], 'detail-type': ['GuardDuty Finding'] },
  {
    source: ['aws.securityhub'],
    'detail-type': [
      'Security Hub Findings - Imported',
      'Security Hub Findings - Custom Action',
      'Findings Imported V2',
    ],
  },
  { source: ['aws.macie'], 'detail-type': ['Macie Finding'] },
  { source: ['aws.access-analyzer'], 'detail-type': ['Access Analyzer Finding'] },
  { source: ['aws.health'], detail: { eventTypeCode: [{ prefix: 'AWS_RISK_' }, { prefix: 'AWS_ABUSE_' }] } },
  { source: ['aws.health'], detail: { service: ['RISK', 'ABUSE'] } },
  {
    source: ['aws.config'],
    'detail-type': ['Config Rules Compliance Change'],
    detail: { newEvaluationResult: { complianceType: ['NON_COMPLIANT'] } },
  },
  { source: [heartbeat.source], 'detail-type': [heartbeat.detailType] },
];

/** `n` of the rules that together match every product that a source reads (lambdas/sources), about these accounts only. */
export function findingsPatterns(accounts: string[]): { suffix: string; pattern: object }[] {
  const slices = Math.ceil(accounts.length / accountsPerRule);
  return Array.from({ length: slices }, (_, n) => ({
    suffix: n === 0 ? '' : `-${n + 1}`,
    pattern: {
      // A bus that admits others delivers their genuine findings too: without this an outsider could start a containment.
      account: accounts.slice(n * accountsPerRule, (n + 1) * accountsPerRule),
      $or: answerable,
    },
  }));
}

/** Every account that findings may be about. */
export function ourAccounts({ accounts }: Settings): string[] {
  return [...new Set([accounts.response, accounts.forensic, ...accounts.members.map((member) => member.id)])];
}
