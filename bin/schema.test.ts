import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { obligationsOf } from '../lambdas/core/obligation.ts';
import { readCatalogue } from '../lambdas/platform/catalogue.ts';
import { tourniquet } from './cli.fixture.ts';
import { schemaFile, schemaNames, schemaOf, schemaText } from './schema.ts';

const regimes = Object.values((await readCatalogue()).regimes);
const ajv = addFormats.default(new Ajv2020({ strict: false }));

describe('the published schema', () => {
  it.each(schemaNames)('of %s is current: run `npm run catalogue`, and read the diff', async (name) => {
    expect(readFileSync(schemaFile(name), 'utf8')).toBe(schemaText(name));
    const { status, stdout } = await tourniquet('clock', '--schema', name);
    expect({ status, stdout }).toEqual({ status: 0, stdout: schemaText(name) });
  });

  it('of facts takes every example of every law, and no misspelt field', () => {
    const validate = ajv.compile(schemaOf('facts'));
    for (const { examples } of regimes)
      for (const { facts, why } of examples)
        expect(validate(facts), `${why} ${ajv.errorsText(validate.errors)}`).toBe(true);
    const facts = regimes[0]?.examples[0]?.facts;
    expect(validate({ ...facts, individual: 5 })).toBe(false);
    expect(validate({ ...facts, individuals: { total: -1 } })).toBe(false);
    expect(validate({ ...facts, anchors: { discovery: '21.11.2026' } })).toBe(false);
  });

  it('of a regime takes every law as it is written', () => {
    const validate = ajv.compile(schemaOf('regime'));
    for (const { id } of regimes) {
      const text = readFileSync(new URL(`../lambdas/regimes/${id}.json`, import.meta.url), 'utf8');
      expect(validate(JSON.parse(text)), `${id} ${ajv.errorsText(validate.errors)}`).toBe(true);
      expect(validate({ ...JSON.parse(text), verification: 'D' })).toBe(false);
    }
  });

  it('of an obligation takes what the clock answers', () => {
    const validate = ajv.compile(schemaOf('obligation'));
    for (const { examples } of regimes)
      for (const { facts, today } of examples.slice(0, 1))
        for (const one of obligationsOf(regimes, facts, today)) {
          expect(validate(one), ajv.errorsText(validate.errors)).toBe(true);
          expect(validate({ ...one, owed: 'perhaps' })).toBe(false);
        }
  });
});
