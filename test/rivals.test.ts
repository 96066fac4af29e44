import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { under } from '../lambdas/core/obligation.fixture.ts';
import {
  approvals,
  changes,
  clinic,
  clockPerTest,
  event,
  findings,
  heads,
  pascalEvent,
  rehearse,
  steps,
} from './arrivals.ts';
import {
  askedAfter,
  denied,
  faultAt,
  finding,
  leakingBucket,
  mailed,
  mara,
  stranger,
  table,
  theCase,
} from './rehearsed.ts';

clockPerTest();

describe('mistake 4: 500 individuals, 500 residents of one State and the two HHS reports taken for one another', () => {
  const owed = (byState: Record<string, number>) => {
    const total = Object.values(byState).reduce((a, b) => a + b, 0);
    const all = under('2026-11-21', { individuals: { total, byState } });
    return Object.fromEntries(Object.values(all).map((o) => [o.obligation, o.owed]));
  };

  it.each([
    [{ NY: 499 }, { hhs_large: false, hhs_small: true, media: false }],
    [{ NY: 500 }, { hhs_large: true, hhs_small: false, media: false }],
    [{ NY: 501 }, { hhs_large: true, hhs_small: false, media: true }],
    [
      { NY: 500, NJ: 500 },
      { hhs_large: true, hhs_small: false, media: false },
    ],
  ])('%j: HHS with the individual notice from 500 on, media only above 500 of one State', (byState, expected) => {
    expect(owed(byState)).toMatchObject(expected);
  });
});

describe('mistake 8: a failed lookup lets the change through, and a failed run is called succeeded', () => {
  it('what cannot be read is not changed, the step has failed and a person is called', async () => {
    const fault = faultAt('observe', 'GetBucketPolicy', denied('s3:GetBucketPolicy'));
    const drill = await rehearse({ seed: leakingBucket, fault });
    const before = JSON.stringify(drill.world.snapshot(clinic));
    drill.deliver(finding());
    await drill.settle();
    expect(JSON.stringify(drill.world.snapshot(clinic))).toBe(before);
    expect(steps(drill).map((s) => s.outcome)).toEqual(['failed', 'failed']);
    expect(theCase(drill).status).toBe('not contained');
  });

  it('what AWS accepts and does not make is never called verified', async () => {
    const fault = faultAt('act', 'PutPublicAccessBlock', 'not made');
    const drill = await rehearse({ seed: leakingBucket, fault });
    drill.deliver(finding());
    await drill.settle();
    expect(await stranger(drill)).toBe(200);
    const block = steps(drill).find((s) => s.action === 'block-bucket-public-access');
    expect(block?.outcome).toBe('failed');
    expect(theCase(drill).status).toBe('not contained');
    expect(changes(drill).every((c) => c.verifiedAt === undefined)).toBe(true);
  });
});

describe('mistake 11: containment waits for evidence without a bound', () => {
  it('evidence that never comes holds containment up for seconds, and is on record as missing', async () => {
    const fault = faultAt('collect', 'GetBucketPolicy', 'never answers');
    const drill = await rehearse({ seed: leakingBucket, fault });
    drill.deliver(finding());
    await drill.clock.runFor(30);
    expect(await stranger(drill)).toBe(403);
    const received = Date.parse(theCase(drill).stamps.eventReceived ?? '');
    expect(Date.parse(theCase(drill).stamps.containmentVerified ?? '') - received).toBeLessThan(20_000);
  });
});

describe('mistake 12: a link in a mail that approves when a scanner opens it', () => {
  it('no mail holds a token, and opening its link decides nothing', async () => {
    const drill = await rehearse({ seed: leakingBucket });
    const [asked] = await askedAfter(drill);
    if (!asked?.token) throw new Error('nothing waits for a decision');
    const mail = JSON.stringify(mailed(drill));
    expect(mail).not.toContain(asked.token);
    const links = [...mail.matchAll(/https:\/\/[^\s"\\<>]+/g)].map(([link]) => new URL(link));
    expect(links.length).toBeGreaterThan(0);
    const before = table(drill);
    for (const { pathname, search } of links) {
      expect(search).toBe('');
      await drill.during(drill.asPerson(mara, 'GET', pathname.slice(pathname.indexOf('/incidents'))));
    }
    expect(table(drill)).toBe(before);
    expect(approvals(drill).every((a) => a.outcome === undefined)).toBe(true);
  });
});

describe('mistake 13: findings are read in one letter case and in no envelope', () => {
  it('camelCase and PascalCase, bare and wrapped, are one finding and one case', async () => {
    const drill = await rehearse();
    drill.deliver(event('public-bucket.guardduty-eventbridge'));
    drill.deliver(pascalEvent());
    await drill.clock.runFor(20);
    expect(heads(drill)).toHaveLength(1);
    expect(findings(drill)).toMatchObject([{ occurrences: 2 }]);
    expect(changes(drill)).toHaveLength(1);
  });
});

it('each of the thirteen mistakes has a test that is named after it', () => {
  const folder = new URL('./', import.meta.url);
  const text = readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
    .join('\n');
  const named = new Set([...text.matchAll(/(?:describe|it)\('mistake (\d+):/g)].map(([, n]) => Number(n)));
  expect([...named].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
});
