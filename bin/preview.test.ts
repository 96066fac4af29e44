import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCatalogue } from '../lambdas/platform/catalogue.ts';
import { edited, sample, sampleNames } from '../lambdas/sources/samples/load.ts';
import { type Deployment, type Preview, preview, type Unreadable } from './preview.ts';
import { readSettings } from './settings.ts';

const root = join(import.meta.dirname, '..');
const deployment: Deployment = {
  settings: await readSettings(join(root, 'settings.example.json')),
  catalogue: await readCatalogue(),
  samples: false,
  now: '2026-11-21T02:06:30.000Z',
};
const look = (event: unknown, other: Partial<Deployment> = {}) =>
  preview(JSON.stringify(event), { ...deployment, ...other });

function only(previews: (Preview | Unreadable)[]): Preview {
  const [first] = previews;
  if (previews.length !== 1 || !first || 'error' in first) throw new Error(JSON.stringify(previews));
  return first;
}

const account = '111122223333';
const region = 'us-east-1';
const bucket = { kind: 's3-bucket', id: 'northwind-patient-records', account, region };

describe('a look ahead', () => {
  it('says what would be done, after which approval, and what silence means', () => {
    const p = only(look(sample('public-bucket.guardduty-eventbridge')));
    expect(p).toMatchObject({
      disposition: 'respond',
      finding: {
        product: 'guardduty',
        type: 'Policy:S3/BucketAnonymousAccessGranted',
        severity: 'high',
        account,
        region,
      },
      playbooks: ['public-bucket'],
      steps: [
        {
          action: 'block-bucket-public-access',
          target: bucket,
          approval: 'none',
          onTimeout: 'proceed',
          reversible: true,
        },
        { action: 'remove-public-bucket-grants', target: bucket, approval: 'one', onTimeout: 'hold', reversible: true },
      ],
      evidence: [{ collector: 'bucket-configuration' }, { collector: 'bucket-exposure' }],
    });
    expect(p.targets).toContainEqual(bucket);
  });

  it('gives the same plan and the same incident however the finding arrives', () => {
    for (const cause of ['public-bucket', 'leaked-key']) {
      const forms = sampleNames.filter((name) => name.startsWith(`${cause}.`)).map((name) => look(sample(name))[0]);
      expect(forms.length).toBeGreaterThan(2);
      for (const form of forms as Preview[])
        expect(form).toMatchObject({
          incidentKey: (forms[0] as Preview).incidentKey,
          steps: (forms[0] as Preview).steps,
        });
    }
  });

  it('attaches what names the same target to what stands before it in the input, and does nothing twice', () => {
    const finding = sample('public-bucket.guardduty-get-findings');
    const two = look([finding, edited('public-bucket.asff-imported', {})]) as Preview[];
    expect(two.map((p) => p.disposition)).toEqual(['respond', 'attach']);
    expect(two[1]?.steps).toEqual([]);
    expect(two[1]?.reason).toContain('nothing new');
  });

  it('keeps two controls about one account apart: each is a cause of its own', () => {
    const control = (id: string) =>
      edited('public-bucket.asff-custom-action', {
        'detail.findings.0': undefined,
        'detail.findings.1.Id': id,
        'detail.findings.1.Compliance.SecurityControlId': id,
        'detail.findings.1.Resources': [{ Type: 'AwsAccount', Id: `AWS::::Account:${account}` }],
      });
    const two = look([control('CloudTrail.1'), control('GuardDuty.1')]) as Preview[];
    expect(two.map((p) => [p.disposition, p.targets[0]?.kind])).toEqual([
      ['respond', 'account-region'],
      ['respond', 'account-region'],
    ]);
  });

  it('ignores a sample finding with the reason, and admits it for a drill', () => {
    const event = edited('public-bucket.guardduty-eventbridge', { 'detail.service.additionalInfo': { sample: true } });
    expect(only(look(event))).toMatchObject({
      disposition: 'ignore',
      reason: expect.stringContaining('sample'),
      steps: [],
      evidence: [],
    });
    expect(only(look(event, { samples: true }))).toMatchObject({ disposition: 'respond', steps: [{}, {}] });
  });

  it('contains nothing for a type that no playbook knows, and says so', () => {
    const p = only(look(edited('public-bucket.guardduty-eventbridge', { 'detail.type': 'Impact:S3/NeverSeenBefore' })));
    expect(p).toMatchObject({ disposition: 'respond', playbooks: ['unrecognised'], steps: [] });
    expect(p.reason).toMatch(/no playbook answers it: evidence is kept.*nothing is contained/);
  });

  it('names what it must not touch, and why, when the account is not in the settings', () => {
    const [member] = deployment.settings.accounts.members;
    const members = member ? [{ ...member, id: '999999999999' }] : [];
    const settings = { ...deployment.settings, accounts: { ...deployment.settings.accounts, members } };
    const p = only(look(sample('public-bucket.guardduty-eventbridge'), { settings }));
    expect(p.steps).toEqual([]);
    expect(p.withheld[0]).toMatchObject({ target: bucket, reason: expect.stringContaining('not in the settings') });
  });

  it('asks for everything in an account that is in approval-required mode', () => {
    const members = deployment.settings.accounts.members.map((m) => ({ ...m, mode: 'approval-required' as const }));
    const settings = { ...deployment.settings, accounts: { ...deployment.settings.accounts, members } };
    const { steps } = only(look(sample('public-bucket.guardduty-eventbridge'), { settings }));
    expect(steps.map((s) => [s.approval, s.onTimeout])).toEqual([
      ['one', 'hold'],
      ['one', 'hold'],
    ]);
  });
});

describe('what cannot be read', () => {
  it.each([
    ['nothing', '', 'is empty'],
    ['half a document', '{"detail":', 'is not JSON'],
    ['another document', '{"a":1}', 'is not a finding that is known'],
    ['an empty list', '[]', 'is an empty list'],
  ])('%s gets one clear error', (_, text, problem) => {
    expect(preview(text, deployment)).toEqual([{ error: expect.stringContaining(problem), field: 'event' }]);
  });

  it('names the field that is wrong, and stands in its place beside findings that are right', () => {
    const good = sample('public-bucket.guardduty-get-findings');
    const previews = look([good, edited('public-bucket.guardduty-eventbridge', { 'detail.accountId': '12' })]);
    expect(previews[0]).toMatchObject({ disposition: 'respond' });
    expect(previews[1]).toMatchObject({ error: expect.any(String), field: expect.stringContaining('ccount') });
  });

  it('is never a stack trace, whatever the text, and the answer is one line', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        for (const p of preview(text, deployment)) if ('error' in p) expect(p.error).not.toMatch(/\n|^\s+at /);
      }),
    );
  });
});

const shared = join(root, '../shared/findings');
const files = existsSync(shared) ? readdirSync(shared, { recursive: true, encoding: 'utf8' }) : [];
const findings = files.filter((file) => file.endsWith('.json') && file !== 'index.json');

describe.skipIf(findings.length === 0)('real findings', () => {
  it('each get a plan, an ignore with its reason, or one clear error', () => {
    const seen = { respond: 0, attach: 0, ignore: 0, error: 0 };
    for (const file of findings) {
      const previews = preview(readFileSync(join(shared, file), 'utf8'), { ...deployment });
      expect(previews.length, file).toBeGreaterThan(0);
      for (const p of previews) {
        if ('error' in p)
          expect(p, file).toEqual({ error: expect.stringMatching(/^finding refused: /), field: p.field });
        else expect(p.reason, file).not.toBe('');
        seen['error' in p ? 'error' : p.disposition] += 1;
      }
    }
    expect(Math.min(seen.respond, seen.ignore)).toBeGreaterThan(10);
  });

  it('never lead to a change in an account that is not in the settings', () => {
    const known = new Set(deployment.settings.accounts.members.map((m) => m.id));
    for (const file of findings)
      for (const p of preview(readFileSync(join(shared, file), 'utf8'), { ...deployment, samples: true }))
        if (!('error' in p))
          expect(
            p.steps.filter((s) => !known.has(s.target.account)),
            file,
          ).toEqual([]);
  });
});
