import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Preview, preview, type Unreadable } from '../bin/preview.ts';
import { readSettings } from '../bin/settings.ts';
import { targetKinds } from '../lambdas/core/target.ts';
import { readCatalogue } from '../lambdas/platform/catalogue.ts';
import { expectedOfFiles } from './findings-collected.ts';

const root = join(import.meta.dirname, '..');
const collected = join(root, '../shared/findings');
const here = existsSync(collected);
const deployment = {
  settings: await readSettings(join(root, 'settings.example.json')),
  catalogue: await readCatalogue(),
  // several are sample findings, and what they ask for is the question here
  samples: true,
  now: '2026-11-22T06:00:00.000Z',
};

const rows = Object.entries(expectedOfFiles).flatMap(([folder, table]) =>
  table
    .trim()
    .split('\n')
    .map((line) => line.split(' | '))
    .map(([name = '', says = '']) => ({ file: `${folder}/${name.trim()}.json`, says })),
);

function said(one: Preview | Unreadable): string {
  if ('error' in one) return `unreadable ${one.field}`;
  const answer = one.disposition === 'respond' ? one.playbooks.toSorted().join('+') : one.disposition;
  return [answer, ...one.targets.map(({ kind, id }) => `${kind}:${id}`)].join(' ');
}

const look = (file: string) => preview(readFileSync(join(collected, file), 'utf8'), deployment);

describe.runIf(here)('the collected findings of other projects, where they are at hand', () => {
  it('stand in the table, every one', () => {
    const files = globSync(`${collected}/*/*.json`).map((path) => `${basename(dirname(path))}/${basename(path)}`);
    expect(rows.map(({ file }) => file).sort()).toEqual(files.sort());
  });

  it.each(rows)('$file is $says', ({ file, says }) => {
    expect(look(file).map(said).join(' & ')).toBe(says);
  });

  it('are contained only where a playbook answers, by steps on targets that they name', () => {
    for (const { file } of rows)
      for (const one of look(file).filter((each): each is Preview => 'steps' in each)) {
        const named = one.targets.map((t) => JSON.stringify(t));
        for (const { target } of [...one.steps, ...one.evidence, ...one.withheld]) {
          expect(named, file).toContain(JSON.stringify(target));
          expect(target.id, file).toMatch(targetKinds[target.kind].id);
        }
        if (one.disposition === 'ignore' || one.playbooks.includes('unrecognised')) expect(one.steps, file).toEqual([]);
      }
  });
});
