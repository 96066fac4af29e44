import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { tourniquet } from './cli.fixture.ts';

const sample = join(import.meta.dirname, '../lambdas/sources/samples/public-bucket.guardduty-eventbridge.json');
const folder = mkdtempSync(join(tmpdir(), 'cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('plan', () => {
  it('says in words what would be done, and that nothing was', async () => {
    const { status, stdout } = await tourniquet('plan', sample);
    expect(status).toBe(0);
    expect(stdout).toContain('Block public access to the bucket (bucket northwind-patient-records): at once');
    expect(stdout).toContain('after a person approves, never without an answer');
    expect(stdout).toContain('nothing was done');
  });

  it.each([
    ['binary', Buffer.from([0, 255, 254, 10, 27, 91])],
    ['nothing', Buffer.from('')],
    ['deep', Buffer.from(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)],
  ])('of a file with %s gives one error, no stack trace, exit 1', async (name, content) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    const json = await tourniquet('plan', path, '--json');
    expect(json.status).toBe(1);
    expect(JSON.parse(json.stdout)).toEqual({ error: expect.any(String), field: 'event' });
    const words = await tourniquet('plan', path);
    expect(words).toMatchObject({ status: 1, stdout: '' });
    expect(words.stderr).toMatch(/^error: [^\n]*\n$/);
  });

  it.each([
    ['a directory', folder, 'it is a directory'],
    ['a file that is not there', join(folder, 'none.json'), 'there is no such file'],
  ])('of %s says so, exit 1', async (_, path, problem) => {
    const { status, stdout } = await tourniquet('plan', path, '--json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toEqual({ error: expect.stringContaining(problem), field: 'file' });
  });

  it('of more than it takes in at once is refused before it fills the memory', async () => {
    const path = join(folder, 'huge');
    writeFileSync(path, Buffer.alloc(33 * 1024 * 1024, ' '));
    const { status, stdout } = await tourniquet('plan', path, '--json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout).error).toContain('more than');
  });

  it('with settings that cannot be used says what to change', async () => {
    const path = join(folder, 'settings.json');
    writeFileSync(path, '{}');
    const { status, stderr } = await tourniquet('plan', sample, '--settings', path);
    expect(status).toBe(1);
    expect(stderr).toContain('homeRegion');
  });
});

describe('bad usage', () => {
  it.each([
    [['plan']],
    [['plan', sample, '--what']],
    [['operate']],
    [[]],
    [['drill', 'nope']],
    [['drill', '../../etc']],
    [['approve']],
  ])('%j exits with 2 and prints nothing to standard output', async (words) => {
    expect(await tourniquet(...words)).toMatchObject({ status: 2, stdout: '' });
  });

  it('names the scenario that there is not, and those that there are', async () => {
    const { stderr } = await tourniquet('drill', 'nope');
    expect(stderr).toMatch(/no scenario "nope"; there are: .*public-bucket/);
  });
});

it('--help exits with 0 and tells the exit codes', async () => {
  const { status, stdout } = await tourniquet('--help');
  expect(status).toBe(0);
  expect(stdout).toContain('2 bad usage');
});

it('drill --list names the scenarios', async () => {
  const { stdout } = await tourniquet('drill', '--list', '--json');
  expect(JSON.parse(stdout)).toContainEqual({ id: 'public-bucket', title: expect.any(String) });
});
