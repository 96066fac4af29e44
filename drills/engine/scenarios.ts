import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import type { Scenario } from './scenario.ts';

const folder = new URL('../scenarios/', import.meta.url);

/** The names of the scenarios that there are: the folders below drills/scenarios that hold a script. */
export async function scenarioNames(): Promise<string[]> {
  const names = await readdir(folder);
  return names.filter((name) => existsSync(new URL(`${name}/scenario.ts`, folder))).sort();
}

/** One scenario by its folder's name, which must be one of `scenarioNames`. */
export async function loadScenario(name: string): Promise<Scenario> {
  const module: { default: Scenario } = await import(new URL(`${name}/scenario.ts`, folder).href);
  return module.default;
}
