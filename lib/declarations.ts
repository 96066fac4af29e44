import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionManifest, CollectorManifest, Statement } from '../lambdas/core/manifest.ts';

export const triggers = ['findings-queue', 'table-stream', 'schedule', 'api', 'machine'] as const;
export type Trigger = (typeof triggers)[number];

/** `lambdas/<name>/function.json`: what one function promises, what wakes it, and what it may use. */
export interface FunctionDeclaration {
  name: string;
  promise: string;
  trigger: Trigger;
  timeoutSeconds: number;
  memoryMb: number;
  uses: string[];
}

/** `statemachines/<name>.asl.json` as it stands in the file, placeholders and all. */
export interface MachineDeclaration {
  name: string;
  text: string;
}

/** A permission and the action or collector that asks for it. */
export interface DeclaredStatement extends Statement {
  by: string;
}

/** What the folders say. Adding an action or a collector changes the member roles without touching `lib`. */
export interface Declarations {
  /** metrics that the functions count and that each ring an alarm, by name */
  metrics: Record<string, { heading: string; says: string }>;
  functions: FunctionDeclaration[];
  machines: MachineDeclaration[];
  reads: DeclaredStatement[];
  writes: DeclaredStatement[];
}

/** Reads the folders below the repository's root. Throws naming the file, the value and the choices. */
export function readDeclarations(root: string): Declarations {
  const actions = manifests<ActionManifest>(join(root, 'lambdas/actions'), 'action.json');
  const collectors = manifests<CollectorManifest>(join(root, 'lambdas/collectors'), 'collector.json');
  return {
    functions: folders(join(root, 'lambdas'))
      .filter((name) => existsSync(join(root, 'lambdas', name, 'function.json')))
      .map((name) => functionDeclaration(root, name)),
    machines: machineDeclarations(join(root, 'statemachines')),
    reads: [
      ...actions.flatMap((a) => a.permissions.read.map((s) => ({ ...s, by: `action ${a.id}` }))),
      ...collectors.flatMap((c) => c.permissions.map((s) => ({ ...s, by: `collector ${c.id}` }))),
    ],
    metrics: JSON.parse(readFileSync(join(root, 'lambdas/platform/metrics.json'), 'utf8')) as Declarations['metrics'],
    writes: actions.flatMap((a) => a.permissions.write.map((s) => ({ ...s, by: `action ${a.id}` }))),
  };
}

/** The functions that declare a use, in alphabetical order: the trust lists are made from this. */
export function functionsUsing(declarations: Declarations, use: string): string[] {
  return declarations.functions.filter((f) => f.uses.includes(use)).map((f) => f.name);
}

function functionDeclaration(root: string, name: string): FunctionDeclaration {
  const file = `lambdas/${name}/function.json`;
  const declared = JSON.parse(readFileSync(join(root, file), 'utf8')) as Omit<FunctionDeclaration, 'name'>;
  if (!triggers.includes(declared.trigger))
    throw new Error(`${file}: trigger "${declared.trigger}" is not known; choose one of ${triggers.join(', ')}`);
  if (!(declared.timeoutSeconds > 0 && declared.timeoutSeconds <= 900))
    throw new Error(`${file}: timeoutSeconds is ${declared.timeoutSeconds}; Lambda allows 1 to 900`);
  return { ...declared, name };
}

function machineDeclarations(folder: string): MachineDeclaration[] {
  const suffix = '.asl.json';
  return names(folder)
    .filter((file) => file.endsWith(suffix))
    .map((file) => ({ name: file.slice(0, -suffix.length), text: readFileSync(join(folder, file), 'utf8') }));
}

function manifests<T>(family: string, file: string): T[] {
  return folders(family)
    .filter((name) => existsSync(join(family, name, file)))
    .map((name) => JSON.parse(readFileSync(join(family, name, file), 'utf8')) as T);
}

function folders(path: string): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

function names(path: string): string[] {
  return existsSync(path) ? readdirSync(path).sort() : [];
}
