import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { finding, MalformedFinding } from '../core/finding.ts';
import { readFindings, sources } from './index.ts';
import { edited, read, refused, sample, sampleNames, targetsOf } from './samples/load.ts';

const bucketForms = sampleNames.filter((name) => name.startsWith('public-bucket'));
const keyForms = sampleNames.filter((name) => name.startsWith('leaked-key'));

describe('one leak', () => {
  it.each([
    ['a public bucket', bucketForms, 5],
    ['a leaked key', keyForms, 3],
  ])('of %s is the same finding in every form in which it arrives', (_leak, forms, count) => {
    expect(forms).toHaveLength(count);
    const facts = forms.map((form) => {
      const { via: _via, workflow: _workflow, ...fact } = read(sample(form));
      return fact;
    });
    for (const fact of facts) expect(fact).toEqual(facts[0]);
    expect(targetsOf(read(sample(forms[0] ?? '')))).not.toEqual([]);
  });

  it('is accepted by exactly one source in every form', () => {
    for (const name of sampleNames) {
      const event = sample(name);
      const one = ((event.Findings ?? event.findings) as unknown[] | undefined)?.[0] ?? event;
      expect(
        sources.filter((source) => source.accepts(one)),
        name,
      ).toHaveLength(1);
    }
  });

  it('says by which door it came', () => {
    const doors = Object.groupBy(sampleNames, (name) => read(sample(name)).via);
    expect(Object.fromEntries(Object.entries(doors).map(([via, names]) => [via, names?.length]))).toEqual({
      guardduty: 6,
      'securityhub-asff': 5,
      'securityhub-ocsf': 2,
      macie: 3,
      'access-analyzer': 6,
      health: 4,
      config: 2,
    });
  });
});

describe('what is given', () => {
  it('may be a list of events of several products, read in their order', () => {
    const list = [sample('leaked-key.ocsf-v2'), sample('public-bucket.asff-custom-action'), 'nothing'];
    expect(readFindings(list).map((each) => (each instanceof MalformedFinding ? each.field : each.via))).toEqual([
      'securityhub-ocsf',
      'securityhub-asff',
      'securityhub-asff',
      '[2]',
    ]);
  });

  it('names the whole path to what is wrong', () => {
    const event = edited('public-bucket.guardduty-get-findings', { 'Findings.0.Resource.S3BucketDetails': {} });
    expect(refused([event]).field).toBe('[0].Findings[0].resource.s3BucketDetails');
  });

  it.each([
    ['in an event', 'source', { source: 'aws.inspector2', 'detail-type': 'Inspector2 Finding', detail: {} }],
    ['bare', 'event', { packageVulnerabilityDetails: {} }],
  ])('from Inspector %s is refused as a product that is not read yet', (_how, field, raw) => {
    expect(refused(raw)).toMatchObject({ field, problem: expect.stringContaining('Amazon Inspector is not read yet') });
  });

  it('that is a bare Macie finding is not taken for one of GuardDuty, whose type grammar it shares', () => {
    const raw = { type: 'Policy:IAMUser/S3BucketPublic', service: {}, resourcesAffected: {} };
    expect(sources.filter((source) => source.accepts(raw)).map((source) => source.product)).toEqual(['macie']);
  });

  it.each([
    ['a scan result', { source: 'aws.guardduty', 'detail-type': 'GuardDuty Malware Protection Object Scan Result' }],
    ['a classic alert of Macie', { source: 'aws.macie', 'detail-type': 'Macie Alert' }],
    ['a configuration item', { source: 'aws.config', 'detail-type': 'Config Configuration Item Change' }],
    ['an access preview by another name', { source: 'aws.access-analyzer', 'detail-type': 'Access Preview' }],
    ['another message of Health', { source: 'aws.health', 'detail-type': 'AWS Health Something' }],
  ])('that carries no findings (%s) is refused by its detail-type, with the choices', (_what, event) => {
    const error = refused({ ...event, detail: {} });
    expect(error.field).toBe('detail-type');
    expect(error.problem).toMatch(/carries no findings; expected a finding of GuardDuty/);
  });

  it('that is an insight of Security Hub is refused, saying what to send', () => {
    const detail = { actionName: 'Respond', insightName: 'Public buckets', insightResults: [{ 'bucket-1': 3 }] };
    const error = refused({ source: 'aws.securityhub', 'detail-type': 'Security Hub Insight Results', detail });
    expect(error.field).toBe('detail-type');
    expect(error.problem).toMatch(/counts findings and carries none; select the findings themselves/);
  });

  it.each([
    ['a text', '{"json": 1}'],
    ['a number', 7],
    ['nothing', undefined],
    ['null', null],
    ['a function', () => 0],
    ['a big integer', 10n],
    ['an empty list', []],
    ['an empty object', {}],
    ['an empty wrapper', { Findings: [] }],
    [
      'an event without findings',
      { source: 'aws.securityhub', 'detail-type': 'Findings Imported V2', detail: { findings: [] } },
    ],
  ])('that is %s is refused with one clear error', (_what, raw) => {
    const read = readFindings(raw);
    expect(read).toHaveLength(1);
    expect(read[0]).toBeInstanceOf(MalformedFinding);
    expect((read[0] as MalformedFinding).problem).toMatch(/expected|give one JSON|written as JSON/);
  });

  it('that is of two forms at once is refused, as no reader may choose', () => {
    const error = refused({ ProductArn: 'x', finding_info: {} });
    expect(error.problem).toContain('more than one form at once (securityhub-asff and securityhub-ocsf)');
  });

  it('that nests without end, or in a circle, is refused', () => {
    let nest: unknown = 0;
    for (let depth = 0; depth < 500; depth += 1) nest = [nest];
    let bottomless: unknown = 0;
    for (let depth = 0; depth < 100_000; depth += 1) bottomless = { findings: bottomless };
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(refused(nest).problem).toContain('nested deeper than 64');
    expect(refused(bottomless).problem).toContain('nesting without end');
    expect(refused(circle).problem).toContain('a cycle');
  });

  it('quotes a hostile value as one short line of plain text', () => {
    const hostile = `\n\u001b[31m\u202e${'x'.repeat(500)}`;
    const error = refused(edited('leaked-key.guardduty-eventbridge', { 'detail.accountId': hostile }));
    expect(error.message).toMatch(/^[\x20-\x7e…]{1,200}$/);
  });
});

const shared = `${import.meta.dirname}/../../../shared/findings`;

describe('the collected findings of other projects, where they are at hand', () => {
  it('are each read, or refused naming a field', () => {
    const files = existsSync(shared) ? globSync(`${shared}/*/*.json`) : [];
    for (const file of files) {
      const found = readFindings(JSON.parse(readFileSync(file, 'utf8')));
      expect(found.length, file).toBeGreaterThan(0);
      for (const each of found) {
        if (each instanceof MalformedFinding)
          expect(`${each.field}: ${each.problem}`, file).not.toMatch(/could not be read|not read yet/);
        else expect(finding.safeParse(each).success, file).toBe(true);
      }
    }
  });
});
