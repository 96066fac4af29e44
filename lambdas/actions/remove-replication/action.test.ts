import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import type { Target } from '../../core/target.ts';
import action, { type State } from './action.ts';

const target: Target = { kind: 's3-bucket', id: 'records', account: '111122223333', region: 'us-east-1' };
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');

/** One rule that copies what begins like a patient's name; S3 takes the account in it unchecked. */
const state = (account: string): State => ({
  replication: {
    Role: 'arn:aws:iam::111122223333:role/replicator',
    Rules: [
      {
        ID: 'one',
        Status: 'Enabled',
        Priority: 1,
        Filter: { Prefix: 'records/jane-doe' },
        Destination: { Bucket: 'arn:aws:s3:::drop-zone', Account: account },
      },
    ],
  },
  elsewhere: [{ bucket: 'drop-zone', account }],
  ours: ['111122223333', '555566667777'],
});

describe('remove-replication', () => {
  it('keeps the prefix, which may be the beginning of an object key, for the undo, and never shows it', () => {
    const before = state('999988887777');
    const after = action.intend(before, target, at);
    expect(JSON.stringify(before.replication)).toContain('jane-doe');
    const verdict = action.verify(before, target, after);
    const shown = [action.describe(before, after), action.describe(after, before), action.losses(before, target)];
    expect(shown.every((lines) => lines.length === 1)).toBe(true);
    expect(JSON.stringify([shown, verdict])).not.toContain('jane');
  });

  it('takes no account in a rule for proof: whoever wrote the rule wrote it; the loss says which account is named', () => {
    const before = state('555566667777');
    expect(action.intend(before, target, at).replication).toBeNull();
    expect(action.losses(before, target)).toEqual([
      expect.stringMatching(/which the rule says is of account 555566667777, one of ours;/),
    ]);
  });
});
