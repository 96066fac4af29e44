import { readdir, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { actionManifest, collectorManifest, playbook } from '../core/manifest.ts';
import type { Catalogue as Plans } from '../core/plan.ts';
import { type Regime, regime, regimesOf } from '../core/regime.ts';

/** What stands in the folders: adding an action, a collector, a playbook or a law touches its folder only. */
export interface Catalogue extends Plans {
  regimes: Record<string, Regime>;
}

const lambdas = new URL('../', import.meta.url);

/** Reads and checks every manifest below `lambdas/`. Throws naming the file and the field. */
export async function readCatalogue(root: URL = lambdas): Promise<Catalogue> {
  const [actions, collectors, playbooks, regimes] = await Promise.all([
    folders(root, 'actions', 'action.json', actionManifest),
    folders(root, 'collectors', 'collector.json', collectorManifest),
    files(root, 'playbooks', playbook),
    files(root, 'regimes', regime),
  ]);
  for (const { id, reinforces } of Object.values(actions))
    for (const other of reinforces) known(`action ${id}`, 'action', other, actions);
  for (const p of Object.values(playbooks)) {
    for (const step of p.stages.flat()) known(`playbook ${p.id}`, 'action', step.action, actions);
    for (const other of p.composes) known(`playbook ${p.id}`, 'playbook', other, playbooks);
    for (const collector of p.evidence) known(`playbook ${p.id}`, 'collector', collector, collectors);
  }
  regimesOf(Object.values(regimes));
  return { actions, collectors, playbooks, regimes };
}

let deployed: Promise<Catalogue> | undefined;

/** The catalogue beside the deployed bundle, or, where there is no bundle (drill, command line, tests), the folders themselves. */
export function deployedCatalogue(): Promise<Catalogue> {
  deployed ??= readFile(new URL('./catalogue.json', import.meta.url), 'utf8').then(
    (text) => JSON.parse(text) as Catalogue,
    () => readCatalogue(),
  );
  return deployed;
}

/** Throws for an id that names nothing there. */
export function known(who: string, what: string, id: string, there: Record<string, unknown>): void {
  if (!Object.hasOwn(there, id))
    throw new Error(`${who} names the ${what} ${id}; there are: ${Object.keys(there).join(', ')}`);
}

async function folders<T extends { id: string }>(root: URL, family: string, file: string, schema: z.ZodType<T>) {
  const names = (await readdir(new URL(`${family}/`, root), { withFileTypes: true })).filter((e) => e.isDirectory());
  return checked(
    await Promise.all(names.map((e) => read(new URL(`${family}/${e.name}/${file}`, root), e.name, schema))),
  );
}

async function files<T extends { id: string }>(root: URL, family: string, schema: z.ZodType<T>) {
  const names = (await readdir(new URL(`${family}/`, root))).filter((name) => name.endsWith('.json'));
  return checked(await Promise.all(names.map((n) => read(new URL(`${family}/${n}`, root), n.slice(0, -5), schema))));
}

async function read<T extends { id: string }>(url: URL, name: string, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(JSON.parse(await readFile(url, 'utf8')));
  if (!parsed.success) throw new Error(`${url.pathname}: ${z.prettifyError(parsed.error)}`);
  if (parsed.data.id !== name)
    throw new Error(`${url.pathname}: its id is ${parsed.data.id}; it must be ${name}, as the path says`);
  return parsed.data;
}

function checked<T extends { id: string }>(list: T[]): Record<string, T> {
  return Object.fromEntries(list.sort((a, b) => a.id.localeCompare(b.id)).map((entry) => [entry.id, entry]));
}
