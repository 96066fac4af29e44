import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { facts } from '../lambdas/core/facts.ts';
import { obligation } from '../lambdas/core/obligation.ts';
import { regime } from '../lambdas/core/regime.ts';

/** What is published as JSON Schema: what a person gives, what a law is written as, and what the clock answers. */
const published = {
  facts: { schema: facts, io: 'input', title: 'The facts of an incident' },
  regime: { schema: regime, io: 'input', title: 'A law, as in lambdas/regimes' },
  obligation: {
    schema: obligation,
    io: 'output',
    title: 'One notice that a law may require: the clock answers an array of these',
  },
} as const;

export type SchemaName = keyof typeof published;
export const schemaNames = Object.keys(published) as SchemaName[];
export const isSchemaName = (name: string): name is SchemaName => Object.hasOwn(published, name);

const folder = new URL('../docs/schema/', import.meta.url);
export const schemaFile = (name: SchemaName): string => fileURLToPath(new URL(`${name}.schema.json`, folder));

/**
 * A JSON Schema (draft 2020-12). It knows shapes and not the rest (that days do not contradict each other, that a zone or a regime
 * exists): the command says those.
 */
export function schemaOf(name: SchemaName): object {
  const { schema, io, title } = published[name];
  const { $schema, ...rest } = z.toJSONSchema(schema, { io });
  return { $schema, title, ...rest };
}

export const schemaText = (name: SchemaName): string => `${JSON.stringify(schemaOf(name), null, 2)}\n`;

/** Renews docs/schema, and names the files. */
export async function writeSchemas(): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  return Promise.all(
    schemaNames.map(async (name) => {
      await writeFile(schemaFile(name), schemaText(name));
      return `docs/schema/${name}.schema.json`;
    }),
  );
}
