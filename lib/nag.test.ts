import { App, Stack, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks, HIPAASecurityChecks, type NagPack } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { appOf, exampleSettings, type Shape } from './deployment.fixture.ts';

/** `path rule` of everything that a pack finds. */
function findings(pack: NagPack, app: App): string[] {
  return pack
    .validateScope(app)
    .violations.flatMap((v) => v.violatingResources.map((r) => `${r.constructPath} ${v.ruleName}`));
}

/** The same with every acknowledgement disregarded. */
function everything(app: App): string[] {
  return [new HIPAASecurityChecks(), new AwsSolutionsChecks()].flatMap((pack) => {
    Object.defineProperty(pack, 'isAcknowledged', { value: () => false });
    return findings(pack, app);
  });
}

interface Acknowledged {
  path: string;
  rule: string;
  reason: string;
}

function acknowledgements(app: App): Acknowledged[] {
  return app.node.findAll().flatMap((construct: IConstruct) =>
    construct.node.metadata
      .filter((m) => m.type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap((m) => Object.entries(m.data as Record<string, string>))
      .map(([id, reason]) => ({ path: construct.node.path, rule: id.replace(/^annotation::/i, ''), reason })),
  );
}

const stackOf = (path: string) => path.replace(/^tourniquet-(\w+).*$/, '$1');
const counted = (list: Acknowledged[]) => Object.groupBy(list, ({ path }) => stackOf(path));

describe.each<Shape>(['organization', 'trial'])('cdk-nag, %s', async (shape) => {
  const app = appOf({ ...(await exampleSettings(shape)), regions: ['eu-west-1'] });
  const acknowledged = acknowledgements(app);
  const { response = [], forensics = [], member = [], region = [] } = counted(acknowledged);

  it.each([
    ['HIPAA Security', new HIPAASecurityChecks()],
    ['AWS Solutions', new AwsSolutionsChecks()],
  ])('%s finds nothing that is not acknowledged', (_, pack) => {
    expect(findings(pack, app)).toEqual([]);
  });

  it('has a reason for each acknowledgement, and each acknowledgement has something to accept', () => {
    const found = everything(app);
    const idle = acknowledged.filter(
      ({ path, rule }) => !found.some((finding) => finding.startsWith(`${path}/`) && finding.endsWith(` ${rule}`)),
    );
    expect(idle).toEqual([]);
    for (const { path, rule, reason } of acknowledged)
      expect(reason.split(' ').length, `${path} ${rule}`).toBeGreaterThan(9);
  });

  it('accepts on the construct itself, never for a stack or the app', () => {
    for (const { path } of acknowledged) expect(path.split('/').length, path).toBeGreaterThan(2);
  });

  it('accepts as many findings as were reviewed', () => {
    expect({ response: response.length, forensics: forensics.length, region: region.length }).toEqual(reviewed[shape]);
    // The member roles accept what action and collector folders declare: one folder more must not need a review of lib.
    for (const { rule, reason } of member) {
      expect(rule).toMatch(/^AwsSolutions-IAM5\[Resource::/);
      expect(reason).toMatch(/Asked for by (?:(?:action|collector|check) [a-z-]+(?:, )?)+\.$/);
    }
  });
});

// the trial's forensic account is its own: one resource of the doctor's less
const reviewed = {
  organization: { response: 80, forensics: 3, region: 1 },
  trial: { response: 79, forensics: 3, region: 1 },
};

it('finds what it is there to find', () => {
  const app = new App();
  new Bucket(new Stack(app, 'Bad'), 'Open');
  expect(findings(new HIPAASecurityChecks(), app)).toContain('Bad/Open/Resource HIPAA.Security-S3BucketLoggingEnabled');
  expect(findings(new AwsSolutionsChecks(), app)).toContain('Bad/Open/Resource AwsSolutions-S10');
});
