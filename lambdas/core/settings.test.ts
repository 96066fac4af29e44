import { expect, it } from 'vitest';
import example from '../../settings.example.json' with { type: 'json' };
import { settings, signInOf } from './settings.ts';

const [clinic] = example.entities;
const role = (path: string) => `arn:aws:iam::222222222222:role/${path}`;
const session = (path: string) => `arn:aws:sts::222222222222:assumed-role/${path}`;

/** What is wrong when officer and counsel sign in so. */
function wrong(officer: object, counsel: object): string[] {
  const entity = {
    ...clinic,
    privacyOfficer: { ...clinic?.privacyOfficer, ...officer },
    counsel: { ...clinic?.counsel, ...counsel },
  };
  const { error } = settings.safeParse({ ...example, entities: [entity] });
  return error?.issues.map((i) => i.message) ?? [];
}

it.each([
  ['a role and a session of it', role('Notices'), session('Notices/ruth')],
  ['two sessions of one role', session('Notices/dana'), session('Notices/ruth')],
  ['one role by two paths', role('a/Notices'), role('b/Notices')],
  ['one role in two spellings', role('notices'), role('Notices')],
])('refuses officer and counsel who sign in by %s', (_what, one, other) => {
  expect(wrong({ principal: one }, { principal: other }).join('\n')).toMatch(
    /whoever may assume it could decide for both/,
  );
});

it('refuses one address in two spellings, and takes two roles', () => {
  expect(wrong({ email: 'Dana@example.com' }, { email: 'dana@example.com' })).toHaveLength(1);
  expect(wrong({ principal: role('Officer') }, { principal: session('Counsel/ruth') })).toEqual([]);
});

it('refuses a role of officer or counsel that somebody on call may assume', () => {
  const { principal } = example.onCall[0] ?? { principal: '' };
  expect(wrong({ principal: session(`${principal.split('/').at(-1)}/dana`) }, {}).join()).toContain('the same role');
});

it('keeps the same user names of two accounts apart', () => {
  expect(signInOf(role('x/R'))).toBe(signInOf(session('R/anybody')));
  expect(signInOf(role('R'))).not.toBe(signInOf(role('R').replace('2222', '3333')));
  expect(signInOf('arn:aws:iam::222222222222:user/ruth')).not.toBe(signInOf('arn:aws:iam::222222222222:role/ruth'));
});
