import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sha256 } from '../lambdas/core/json.ts';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'tourniquet-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The command as a person runs it, without a terminal; the project's folder is not the current one. */
function tourniquet(words: string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin/tourniquet.ts'), ...words], {
    cwd: folder,
    encoding: 'utf8',
    input,
    timeout: 50_000,
    env: { ...process.env, NODE_OPTIONS: '', FORCE_COLOR: '1' },
  });
  return { status, stdout, stderr };
}

const sample = join(root, 'lambdas/sources/samples/public-bucket.guardduty-eventbridge.json');

describe('tourniquet', () => {
  it('plan --json prints one document and nothing else, and exits with 0', () => {
    const { status, stdout, stderr } = tourniquet(['plan', sample, '--json']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ disposition: 'respond', playbooks: ['public-bucket'] });
  });

  it('plan - reads standard input, and prints an array for several findings', () => {
    const event = JSON.parse(readFileSync(sample, 'utf8'));
    const { status, stdout } = tourniquet(['plan', '-', '--json'], JSON.stringify([event, event]));
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{ disposition: 'respond' }, { disposition: 'attach' }]);
  });

  it('says what it refuses in one line on standard error, and exits with 1', () => {
    const { status, stdout, stderr } = tourniquet(['plan', '-'], '{"detail":');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^error: [^\n]*not JSON[^\n]*\n$/);
  });

  it('exits with 2 for a command that there is not', () => {
    expect(tourniquet(['operate'])).toMatchObject({ status: 2, stdout: '' });
  });
});

describe('drill without a terminal', () => {
  it('--json prints the report and nothing else, ends by itself, and leaves evidence whose hashes are those of the report', () => {
    const { status, stdout, stderr } = tourniquet(['drill', '--json']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ scenario: 'public-bucket', simulated: true, verified: true, failures: [] });
    const left = join(folder, 'drill-records/public-bucket');
    expect(JSON.parse(readFileSync(join(left, 'incident.json'), 'utf8'))).toEqual(report);
    const sums = readFileSync(join(left, 'evidence/SHA256SUMS'), 'utf8').trimEnd().split('\n');
    expect(sums.map((line) => line.split('  ')[0])).toEqual(report.evidence.map((e: { sha256: string }) => e.sha256));
    for (const [recorded, name = ''] of sums.map((line) => line.split('  ')))
      expect(sha256(readFileSync(join(left, 'evidence', name)))).toBe(recorded);
    expect(existsSync(join(left, 'mail/01-mara.lindqvist.html'))).toBe(true);
  });
});
