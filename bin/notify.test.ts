import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { tourniquet } from './cli.fixture.ts';
import { asked, consolePerTest, incident } from './console.fixture.ts';
import type { ShownNotice } from './notice-page.ts';

const hash = 'c'.repeat(64);
const name = 'us-hipaa-individual/individual';
const checked = {
  hash: 'd'.repeat(64),
  rows: 612,
  email: 400,
  letters: 200,
  substitute: 12,
  none: 0,
  duplicates: 0,
  bad: 0,
};

const shown: ShownNotice = {
  incident,
  regime: 'us-hipaa-individual',
  obligation: 'individual',
  clock: {
    recipient: 'each affected individual',
    status: 'open',
    owed: true,
    dueLocal: '2027-01-20T23:59:59-05:00',
    sendFirst: [],
    citation: '45 CFR 164.404(b)',
  },
  channel: 'mailing',
  handing: 'Post the letters.',
  required: [{ id: 'contact', element: 'how to ask questions', citation: '45 CFR 164.404(c)(1)(E)', form: false }],
  starter: { subject: 'Notice of Data Breach', elements: { contact: 'Call [[toll-free number]].' } },
  approvers: ['Dana Whitfield', 'Ruth Abara'],
  notice: {
    incident,
    regime: 'us-hipaa-individual',
    obligation: 'individual',
    recipientKind: 'individual',
    draft: 2,
    state: 'asked',
    attempt: 1,
    run: 1,
    textHash: 'e'.repeat(64),
    text: `drafts/${incident}/e.json`,
    recipients: { object: `recipients/${incident}/2026-11-20.csv`, version: 'v1', checked },
    quote: ['400 e-mails: about 30 seconds.'],
    approvals: ['notice-1-a1-officer'],
    sent: {},
    documents: [],
    by: 'Dana Whitfield',
    at: '2026-11-21T02:06:33.000Z',
  },
  hash,
  written: { subject: 'Notice of Data Breach', text: 'Dear {{name}},\n\nCall 1-800-555-0100.\u202e' },
  missing: [],
  decisions: [],
  progress: { delivered: 390, bounced: 4, unknown: 1 },
};
const question = {
  ...asked,
  id: 'notice-1-a1-officer',
  subject: {
    kind: 'notice' as const,
    notice: 'us-hipaa-individual.individual.2',
    title: `Send the notice ${name} (draft 2)`,
  },
  hash,
};

const console_ = consolePerTest();
let folder: string;
beforeEach(async () => {
  console_.now.notice = structuredClone(shown);
  folder = await mkdtemp(join(tmpdir(), 'notify-'));
});

const { posted } = console_;
const because = ['--reason', 'counted and written'];

async function written(text: unknown): Promise<string> {
  const path = join(folder, 'text.json');
  await writeFile(path, typeof text === 'string' ? text : JSON.stringify(text));
  return path;
}

describe('notify', () => {
  it('shows what the law wants, the very text, the recipients, cost, progress and what to do next, and changes nothing', async () => {
    const { status, stdout } = await tourniquet('notify', incident, name);
    expect(status).toBe(0);
    for (const words of [
      'due 2027-01-20T23:59:59-05:00, open (45 CFR 164.404(b))',
      'how to ask questions (45 CFR 164.404(c)(1)(E))',
      '  | Dear {{name}},',
      '612 rows: 400 by e-mail, 200 by letter, 12 by substitute notice',
      '400 e-mails: about 30 seconds.',
      'unknown      1',
      'Dana Whitfield, then Ruth Abara',
      `tourniquet approve ${incident} notice-1-a1-officer`,
    ])
      expect(stdout).toContain(words);
    expect(stdout).toContain('\\u202e');
    expect(posted()).toEqual([]);
  });

  it('prints a text to begin with as JSON', async () => {
    const { stdout } = await tourniquet('notify', incident, name, '--starter');
    expect(JSON.parse(stdout)).toEqual(shown.starter);
  });

  it('drafts and asks to send in one go, each with the reason', async () => {
    const sender = { organization: 'Northwind Clinic', signedBy: 'Dana', address: ['1 Harbor Way'] };
    const path = await written({ elements: { contact: 'Call us.' }, sender });
    const recipients = `recipients/${incident}/2026-11-20.csv`;
    await tourniquet('notify', incident, name, '--text', path, '--recipients', recipients, '--send', ...because);
    const of = { incident, regime: 'us-hipaa-individual', obligation: 'individual', reason: because[1] };
    expect(posted()).toEqual([
      expect.objectContaining({ decision: 'draft', ...of, recipients, text: expect.objectContaining({ sender }) }),
      { decision: 'send', ...of, draft: 2 },
    ]);
  });

  it('sends no text on that nobody could send', async () => {
    const wrong: [unknown, RegExp][] = [
      ['{', /the text is not JSON.*--starter/],
      [{ elements: {} }, /the text: sender is missing/],
      [{ elements: {}, sender: {}, colour: 'red' }, /the text: sender\.organization is missing/],
    ];
    for (const [text, words] of wrong) {
      const { status, stderr } = await tourniquet('notify', incident, name, '--text', await written(text), ...because);
      expect([status, stderr]).toEqual([1, expect.stringMatching(words)]);
    }
    const none = await tourniquet('notify', incident, 'us-hipaa-individual', '--send', ...because);
    expect([none.status, none.stderr]).toEqual([2, expect.stringContaining('<regime>/<obligation>')]);
    expect(posted()).toEqual([]);
  });
});

describe('approve, for a notice', () => {
  it('shows the very text and recipients before it decides on their hash', async () => {
    console_.now.file.approvals = [question];
    const { status, stdout } = await tourniquet('approve', incident, '--yes', ...because);
    expect(status).toBe(0);
    expect(stdout).toContain('  | Dear {{name}},');
    expect(stdout).toContain(`hash ${hash}`);
    expect(posted()).toMatchObject([{ decision: 'approve', approval: question.id, hash }]);
  });

  it('decides nothing when the text or the recipients are no longer those that were asked about', async () => {
    console_.now.file.approvals = [question];
    console_.now.notice = { ...structuredClone(shown), hash: 'f'.repeat(64) };
    for (const more of [[], ['--json']]) {
      const { status, stdout, stderr } = await tourniquet('approve', incident, '--yes', ...because, ...more);
      expect([status, stdout + stderr]).toEqual([1, expect.stringContaining('have changed since it was asked')]);
    }
    expect(posted()).toEqual([]);
  });
});
