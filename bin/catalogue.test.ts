import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readCatalogue } from '../lambdas/platform/catalogue.ts';
import { catalogueFile, catalogueText } from './catalogue.ts';

const catalogue = await readCatalogue();
const text = catalogueText(catalogue);

describe('the catalogue', () => {
  it('is what the manifests say: run `npm run catalogue` after changing one, and read the diff', () => {
    expect(readFileSync(catalogueFile, 'utf8')).toBe(text);
  });

  it('names every playbook, action, collector and law', () => {
    const { playbooks, actions, collectors, regimes } = catalogue;
    for (const id of [playbooks, actions, collectors, regimes].flatMap((family) => Object.keys(family)))
      expect(text).toContain(`\n### ${id}\n`);
  });

  it('says of every type which playbook answers it, and of every action what it costs and may do', () => {
    for (const { id, match } of Object.values(catalogue.playbooks))
      for (const type of match.flatMap(({ types }) => types))
        expect(
          text.split('\n').find((line) => line.startsWith(`| \`${type}\` |`) && line.includes(`\`${id}\``)),
        ).toBeDefined();
    for (const { consequence, permissions } of Object.values(catalogue.actions)) {
      expect(text).toContain(consequence);
      for (const action of [...permissions.read, ...permissions.write].flatMap(({ actions }) => actions))
        expect(text).toContain(`\`${action}\``);
    }
  });

  it('links only to sections that it has', () => {
    for (const [, section = ''] of text.matchAll(/\]\(#([a-z]+)\)/g))
      expect(text.toLowerCase()).toContain(`\n## ${section}\n`);
  });
});
