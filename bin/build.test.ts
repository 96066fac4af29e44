import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build, root } from './build.ts';
import { readSettings } from './settings.ts';

const into = mkdtempSync(join(tmpdir(), 'build-'));
const settings = await readSettings(join(root, 'settings.example.json'));
let functions: string[];

beforeAll(async () => {
  functions = await build(settings, into);
});
afterAll(() => rmSync(into, { recursive: true, force: true }));

const read = (path: string) => readFileSync(join(into, path), 'utf8');
const actions = readdirSync(join(root, 'lambdas/actions'));

describe('the bundle', () => {
  it('of every function loads and has a handler', () => {
    // In a process of its own, as Lambda loads it: the test runner would rewrite what it imports.
    const script = `const all = JSON.parse(process.argv[1]);
      for (const [name, url] of all) console.log(name, typeof (await import(url)).handler);`;
    const urls = functions.map((name) => [name, pathToFileURL(join(into, name, 'index.mjs')).href]);
    const said = execFileSync(process.execPath, ['--input-type=module', '--eval', script, JSON.stringify(urls)]);
    expect(functions).toContain('intake');
    expect(said.toString().trim().split('\n')).toEqual(functions.map((name) => `${name} function`));
  });

  it('of every function holds its settings and its catalogue', () => {
    for (const name of functions) {
      expect(JSON.parse(read(`${name}/settings.json`)), name).toEqual(settings);
      expect(Object.keys(JSON.parse(read(`${name}/catalogue.json`)).actions), name).toEqual([...actions].sort());
    }
  });

  it('of act holds the code of every action, loaded by its id', () => {
    for (const action of actions) expect(read('act/index.mjs')).toContain(`actions/${action}/action.ts`);
  });

  it('asks for no package of its own at run time: the SDK is inside', () => {
    for (const name of functions) {
      const asked = [...read(`${name}/index.mjs`).matchAll(/(?:from|import\()["']([@a-z][^"']*)["']/g)].map(
        ([, it = '']) => it,
      );
      expect(
        asked.filter((it) => !isBuiltin(it)),
        name,
      ).toEqual([]);
    }
  });

  it('is small enough to start fast, and only functions that act or collect carry the code of actions', () => {
    const carrying = functions.filter((name) => read(`${name}/index.mjs`).includes('actions/deny-user/action.ts'));
    expect(carrying).toEqual(['act', 'collect', 'observe', 'survey']);
    for (const name of functions)
      expect(read(`${name}/index.mjs`).length, name).toBeLessThan(carrying.includes(name) ? 4_000_000 : 2_000_000);
  });
});
