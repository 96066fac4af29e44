import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = new URL('../', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');
const scripts = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')).scripts as Record<string, string>;

/** Runs what an npm script of the README runs, without a terminal, from the root of the repository. */
async function run(script: string, ...words: string[]): Promise<string> {
  const [node, file, ...rest] = (scripts[script] ?? '').split(' ');
  expect(node).toBe('node');
  const { stdout } = await promisify(execFile)(process.execPath, [file ?? '', ...rest, ...words], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

describe('the README', () => {
  it('shows what the drill prints, word for word', async () => {
    const shown = /<!-- drill:[^>]*-->\n```text\n([\s\S]*?)```/.exec(readme)?.[1];
    expect(shown).toBe(await run('drill'));
  });

  it('shows facts, what the clock makes of them, word for word, and no other facts', async () => {
    const [, facts] = /```json\n(\{[\s\S]*?\n\}\n)```/.exec(readme) ?? [];
    expect(facts).toBe(readFileSync(new URL('facts.example.json', root), 'utf8'));
    const words = /npm run -s tourniquet -- (clock .+)/.exec(readme)?.[1]?.split(' ') ?? [];
    const shown = /<!-- clock:[^>]*-->\n```text\n([\s\S]*?)```/.exec(readme)?.[1];
    expect(shown).toBe(await run('tourniquet', ...words));
  });

  it('has two commands: see it, and test it', () => {
    const commands = [...readme.matchAll(/```sh\n([^`]*?)```/g)].map(([, text = '']) => text.trim());
    expect(commands.slice(0, 2)).toEqual(['npm ci && npm run drill', 'npm ci && npm test']);
  });

  it('gives a plan command that works', async () => {
    const words = /npm run -s tourniquet -- (plan \S+ --json)/.exec(readme)?.[1]?.split(' ') ?? [];
    expect(JSON.parse(await run('tourniquet', ...words))).toMatchObject({
      disposition: 'respond',
      playbooks: ['public-bucket'],
    });
  });

  it('links only to what is there', () => {
    const links = [...readme.matchAll(/\]\((?!http)([^)#]+)/g)].map(([, path = '']) => path);
    for (const path of links) expect(() => readFileSync(new URL(path, root)), path).not.toThrow(/ENOENT/);
  });
});
