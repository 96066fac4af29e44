import { describe, expect, it } from 'vitest';
import { grouped, show } from './entries.ts';

const bucket = { kind: 's3-bucket' as const, id: 'records', account: '111122223333', region: 'us-east-1' };
const hash = 'f506ca33e220b342346dca8c3fb5e2badf18a4e22b247b3385f3c2d949137512';

describe('an entry', () => {
  it('of a change shows before → after, what goes the same way in one line', () => {
    const text = 'Block public access (bucket records): accepted by AWS: A: absent → on; B: absent → on; C: off → on';
    expect(show({ kind: 'change', text }, bucket)).toMatchObject({
      word: 'change',
      text: 'Block public access',
      more: ['A, B: absent → on', 'C: off → on'],
    });
  });

  it('of evidence shows a shortened hash, the size and the coverage', () => {
    const text = `bucket-exposure of bucket records: 12 of 12 objects were readable. (SHA-256 ${hash}, 182541 bytes, coverage partial)`;
    expect(show({ kind: 'evidence', text })).toMatchObject({
      text: '12 of 12 objects were readable.',
      more: [`sha256 ${hash.slice(0, 16)}…, 182,541 bytes, coverage partial`],
    });
  });

  it('of a status that is not the best one names each thing that is open', () => {
    const text = 'partly contained: open foothold: iam-role r (made with K); Remove the grants (records): pending';
    expect(show({ kind: 'status', text }, bucket)).toMatchObject({
      text: 'PARTLY CONTAINED',
      more: ['open foothold: iam-role r', 'Remove the grants: pending'],
    });
  });

  it.each([
    ['change', 'Block public access (bucket records): failed: NotYetSafe: flags not on', '✗'],
    ['change', 'Block public access (bucket records): drifted: no longer safe', '✗'],
    ['approval', 'timed-out: Remove the grants (bucket records); nobody answered in time, so it is held', '✗'],
    ['approval', 'asked: Remove the grants (bucket records) again: the target has changed, so …', '?'],
    ['page', 'ACT NOW: told by topic', '!'],
    ['foothold', 'open foothold: access key AKIA', '!'],
  ] as const)('of kind %s that somebody must see is seen: %s', (kind, text, sign) => {
    expect(show({ kind, text })).toMatchObject({ sign });
  });

  it('that no rule knows is shown as it is: a new sentence is never silence', () => {
    for (const kind of ['finding', 'plan', 'evidence', 'change', 'approval', 'status', 'told', 'correction'] as const)
      expect(show({ kind, text: 'a sentence that nobody has written yet' })?.text).toContain('nobody has written yet');
  });

  it('cannot move the cursor or reorder the line, whatever a finding says', () => {
    const shown = JSON.stringify(show({ kind: 'finding', text: 'x\u001b[2J\u202e\nVERDICT' }));
    for (const control of ['\u001b', '\u202e', '\n']) expect(JSON.parse(shown).text).not.toContain(control);
  });
});

it('lines that go no way, or name what has a colon in it, stand alone', () => {
  const lines = ['key X: status: on → off', 'key Y: status: on → off', 'nothing', 'nothing else'];
  expect(grouped(lines)).toEqual(lines);
});
