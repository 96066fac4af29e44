import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** What a file may not import, and what it may: one case for each boundary of DESIGN, section 3. */
const cases: { file: string; refused: string[]; allowed: string[] }[] = [
  {
    file: 'lambdas/core/x.ts',
    refused: ["import a from '@aws-sdk/client-s3'", "import a from 'node:fs'", "import a from '../platform/table.ts'"],
    allowed: ["import a from './json.ts'", "import a from 'zod'", "import a from 'node:crypto'"],
  },
  {
    file: 'lambdas/sources/x.ts',
    refused: ["import a from '../platform/table.ts'", "import a from '@aws-sdk/client-s3'"],
    allowed: ["import a from '../core/finding.ts'", "import a from './arn.ts'"],
  },
  {
    file: 'lambdas/actions/one/action.ts',
    refused: [
      "import a from '../two/action.ts'",
      "import a from '../../collectors/two/collector.ts'",
      "import a from '../../plan/handler.ts'",
    ],
    allowed: [
      "import a from '../../platform/action.ts'",
      "import a from '../../core/target.ts'",
      "import a from '@aws-sdk/client-s3'",
    ],
  },
  {
    file: 'lambdas/actions/one/action.test.ts',
    refused: ["import a from '../two/action.ts'"],
    allowed: ["import a from './action.ts'", "import a from '../../../drills/aws/aws.ts'", "import a from 'vitest'"],
  },
  {
    file: 'lambdas/collectors/one/collector.ts',
    refused: ["import a from '../two/collector.ts'", "import a from '../../actions/two/action.ts'"],
    allowed: ["import a from '../../platform/action.ts'", "import a from '@aws-sdk/client-cloudtrail'"],
  },
  {
    file: 'lambdas/plan/handler.ts',
    refused: [
      "import a from '../../lib/names.ts'",
      "import a from 'aws-cdk-lib'",
      "import a from '../../drills/aws/aws.ts'",
      "export const a = import('../../drills/aws/aws.ts')",
    ],
    allowed: ["import a from '../platform/handler.ts'", "import a from '../core/plan.ts'"],
  },
  {
    file: 'lib/x.ts',
    refused: [
      "import { settings as a } from '../lambdas/core/settings.ts'",
      "import a from '../bin/app.ts'",
      "import a from '../drills/aws/aws.ts'",
    ],
    allowed: ["import type { Settings as a } from '../lambdas/core/settings.ts'", "import a from 'aws-cdk-lib'"],
  },
  {
    file: 'bin/x.ts',
    refused: ["import a from '../drills/aws/aws.ts'"],
    allowed: ["import a from '../lib/deployment.ts'", "import a from '../lambdas/platform/catalogue.ts'"],
  },
];

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'boundaries-'));
let found: Map<string, string[]>;

/** Files that break a rule, with the rules they break, as the linter says with the project's own configuration. */
function lint(files: Map<string, string>): Map<string, string[]> {
  copyFileSync(join(root, 'biome.json'), join(folder, 'biome.json'));
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const options = ['lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none', '.'];
  const run = () =>
    execFileSync(process.execPath, [biome, ...options], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  return broken(failing(run));
}

function failing(run: () => string): string {
  try {
    return run();
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

interface Diagnostics {
  diagnostics: { category: string; location: { path: string } }[];
}

function broken(report: string): Map<string, string[]> {
  const byFile = new Map<string, string[]>();
  for (const { category, location } of (JSON.parse(report) as Diagnostics).diagnostics)
    byFile.set(location.path, [...(byFile.get(location.path) ?? []), category]);
  return byFile;
}

/** One file for each import, so that each is judged alone: `lambdas/core/x.ts` becomes `lambdas/core/refused0-x.ts`. */
function numbered(file: string, name: string): string {
  return join(dirname(file), `${name}-${file.slice(dirname(file).length + 1)}`);
}

function files(): Map<string, string> {
  const all = new Map<string, string>();
  for (const { file, refused, allowed } of cases) {
    for (const [n, text] of refused.entries()) all.set(numbered(file, `refused${n}`), `${text};\nexport { a };\n`);
    for (const [n, text] of allowed.entries()) all.set(numbered(file, `allowed${n}`), `${text};\nexport { a };\n`);
  }
  all.set('lambdas/plan/long.ts', 'export const one = 1;\n'.repeat(301));
  return all;
}

beforeAll(() => {
  found = lint(files());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const restricted = 'lint/style/noRestrictedImports';

describe.each(cases)('$file', ({ file, refused, allowed }) => {
  it.each(refused.map((text, n) => [text, n] as const))('may not: %s', (_, n) => {
    expect(found.get(numbered(file, `refused${n}`))).toContain(restricted);
  });
  it.each(allowed.map((text, n) => [text, n] as const))('may: %s', (_, n) => {
    expect(found.get(numbered(file, `allowed${n}`)) ?? []).not.toContain(restricted);
  });
});

it('refuses a file of more than 300 lines', () => {
  expect(found.get('lambdas/plan/long.ts')).toContain('lint/style/noExcessiveLinesPerFile');
});
