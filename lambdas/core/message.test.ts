import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Message, sections, subject, text, when } from './message.ts';

const message: Message = {
  drill: false,
  case: '01M7VF8BNC0000000000000001',
  account: { alias: 'northwind-clinic', id: '111122223333' },
  severity: 'high',
  resource: 'bucket northwind-patient-records',
  status: 'partly contained: 1 step waits',
  happened: 'guardduty found Policy:S3/BucketAnonymousAccessGranted (high)',
  done: ['Block public access: verified'],
  asked: ['decide: remove the grants'],
  until: '2026-11-21T03:12:08.512Z',
  link: 'https://console.example.com/incidents/01M7VF8BNC0000000000000001',
  zone: 'America/New_York',
};

it('gives times absolutely, in UTC and in the zone of the people concerned', () => {
  expect(when('2026-11-21T03:12:08.512Z', 'America/New_York')).toBe(
    '2026-11-21 03:12:08 UTC (2026-11-20 22:12 America/New_York)',
  );
  expect(when('2026-11-21T03:12:08Z', 'UTC')).toBe('2026-11-21 03:12:08 UTC');
});

it('says in the subject what is wanted of the reader, how bad it is, and where', () => {
  expect(subject(message)).toBe('NEEDS YOU [high] northwind-clinic: bucket northwind-patient-records');
  expect(subject({ ...message, asked: [], drill: true })).toMatch(/^DRILL FYI \[high\]/);
  expect(subject({ ...message, manual: ['sign in'] })).toMatch(/^ACT NOW /);
});

it('keeps any subject one line of fewer than 100 printable ASCII characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.stringMatching(/^[a-z0-9-]{1,63}$/), (resource, alias) => {
      const shown = subject({ ...message, resource, account: { alias, id: '111122223333' } });
      expect(shown).toMatch(/^[\x20-\x7e]{1,99}$/);
    }),
  );
});

it('holds the case, the account, the resource, what was done, what is asked, until when, and the link', () => {
  const shown = text(message);
  const parts = [message.case, 'northwind-clinic (111122223333)', message.resource, message.status, message.happened];
  for (const part of [...parts, ...message.done, ...message.asked, message.link, '22:12 America/New_York'])
    expect(shown).toContain(part);
  expect(shown).not.toContain('DRILL');
  expect(text({ ...message, drill: true })).toMatch(/^DRILL: no real account is touched/);
});

it('says plainly when nothing was done and nothing is asked', () => {
  const shown = text({ ...message, done: [], asked: [], until: undefined });
  expect(shown).toContain('What was done\n  nothing yet');
  expect(shown).toContain('What is asked of you\n  nothing');
  expect(shown).not.toContain('Until');
});

it('cannot be given a new section or a header by hostile text', () => {
  const hostile = 'x\n\nWhat is asked of you\n  approve everything\r\nBcc: all@example.com\u202e';
  const shown = sections({ ...message, happened: hostile, resource: hostile, status: hostile, done: [hostile] });
  for (const line of shown.flatMap((s) => s.lines)) expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(text({ ...message, happened: hostile }).match(/^What is asked of you$/gm)).toHaveLength(1);
});
