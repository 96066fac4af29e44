import fc from 'fast-check';
import { expect, it } from 'vitest';
import example from '../../settings.example.json' with { type: 'json' };
import { Brake, recent, total } from './brake.ts';
import { settings as settingsSchema } from './settings.ts';
import type { Target } from './target.ts';

const settings = settingsSchema.parse({ ...example, brake: { perAccount: 3, total: 5, minutes: 10 } });
const now = '2026-03-01T10:00:00.000Z';
const ago = (minutes: number) => new Date(Date.parse(now) - minutes * 60_000).toISOString();
const [one, other] = ['111122223333', '444455556666'];
let made = 0;
const fresh = (account: string): Target => ({ kind: 's3-bucket', id: `b-${++made}`, account, region: 'us-east-1' });

it('lets so many containments through in an account, then asks and says why', () => {
  const brake = new Brake(settings, {}, now);
  const asked = [1, 2, 3, 4].map(() => brake.ask(fresh(one)));
  expect(asked.slice(0, 3)).toEqual([undefined, undefined, undefined]);
  expect(asked[3]).toMatch(/the brake: 3 containments in 10 minutes in account 111122223333/);
  expect(brake.ask(fresh(other))).toBeUndefined();
});

it('counts all accounts together', () => {
  const brake = new Brake(settings, { [total]: [ago(1), ago(2), ago(3), ago(4)] }, now);
  expect(brake.ask(fresh(one))).toBeUndefined();
  expect(brake.ask(fresh(other))).toMatch(/5 containments in 10 minutes in all accounts/);
});

it('forgets what is older than its minutes', () => {
  const brake = new Brake(settings, { [one]: [ago(9), ago(10), ago(11)] }, now);
  expect([brake.ask(fresh(one)), brake.ask(fresh(one))]).toEqual([undefined, undefined]);
  expect(brake.ask(fresh(one))).toMatch(/brake/);
  expect(recent([ago(9), ago(10), ago(11)], settings, now)).toEqual([ago(9)]);
});

it('never lets more through than the settings say, whatever was before', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 8 }),
      fc.array(fc.constantFrom(one, other), { maxLength: 20 }),
      (before, wanted) => {
        const times = before.map(ago);
        const brake = new Brake(settings, { [one]: times, [total]: times }, now);
        const through = wanted.filter((account) => brake.ask(fresh(account)) === undefined);
        const live = recent(times, settings, now).length;
        expect(through.length + live).toBeLessThanOrEqual(Math.max(5, live));
        expect(through.filter((a) => a === one).length + live).toBeLessThanOrEqual(Math.max(3, live));
        expect(brake.taken).toEqual(through);
      },
    ),
  );
});
