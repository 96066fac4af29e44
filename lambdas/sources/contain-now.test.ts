import { expect, it } from 'vitest';
import { edited, read } from './samples/load.ts';

const action = (actionName: string) => edited('public-bucket.asff-custom-action', { 'detail.actionName': actionName });

it('a person’s custom action "Contain now" is heard, in any letter case, and no other is taken for it', () => {
  const heard = (name: string) => {
    const findings = [read(action(name))].flat();
    return findings.every((one) => 'containNow' in one && one.containNow);
  };
  expect([heard('Contain now'), heard('CONTAIN NOW')]).toEqual([true, true]);
  expect([heard('Contain'), heard('do not contain now')]).toEqual([false, false]);
});

it('a finding that Security Hub sends by itself never says it', () => {
  const imported = edited('public-bucket.asff-imported', { 'detail.findings.0.actionName': 'Contain now' });
  expect([read(imported)].flat().some((one) => one.containNow)).toBe(false);
});
