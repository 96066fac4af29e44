import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionManifest, CollectorManifest, Statement } from '../lambdas/core/manifest.ts';

export const triggers = ['findings-queue', 'table-stream', 'mail-events', 'schedule', 'api', 'machine'] as const;
export type Trigger = (typeof triggers)[number];

/** `lambdas/<name>/function.json`: what one function promises, what wakes it, and what it may use. */
export interface FunctionDeclaration {
  name: string;
  promise: string;
  trigger: Trigger;
  /** when a scheduled function runs: `cron(minute hour * * ? *)` once a day in UTC; absent: it is the heartbeat, every five minutes */
  schedule?: string;
  /** the GET of the console API that it answers beside its trigger, e.g. `GET /doctor`; it changes nothing */
  route?: string;
  timeoutSeconds: number;
  memoryMb: number;
  uses: string[];
}

/** `statemachines/<name>.asl.json` as it stands in the file, placeholders and all. */
export interface MachineDeclaration {
  name: string;
  text: string;
}

/** A permission, the action or collector that asks for it, and the account in which it is used. */
export interface DeclaredStatement extends Statement {
  by: string;
  through: ActionManifest['through'];
}

/** What the folders say. Adding an action or a collector changes the member roles without touching `lib`. */
export interface Declarations {
  /** metrics that the functions count and that each ring an alarm, by name */
  metrics: Record<string, { heading: string; says: string }>;
  functions: FunctionDeclaration[];
  machines: MachineDeclaration[];
  /** the service control policies of the management account, by the placeholder that stands for their ARN */
  quarantine: Record<string, { name: string; description: string; content: object }>;
  reads: DeclaredStatement[];
  /** what the doctor's checks read by its own role, in the response account */
  ownReads: DeclaredStatement[];
  writes: DeclaredStatement[];
}

/** Reads the folders below the repository's root. Throws naming the file, the value and the choices. */
export function readDeclarations(root: string): Declarations {
  const actions = manifests<ActionManifest>(join(root, 'lambdas/actions'), 'action.json');
  const collectors = manifests<CollectorManifest>(join(root, 'lambdas/collectors'), 'collector.json');
  const checks = checkManifests(join(root, 'lambdas/doctor/checks'));
  const asked = ({ id, through = 'member' }: ActionManifest, statements: Statement[]): DeclaredStatement[] =>
    statements.map((s) => ({ ...s, by: `action ${id}`, through }));
  return {
    functions: folders(join(root, 'lambdas'))
      .filter((name) => existsSync(join(root, 'lambdas', name, 'function.json')))
      .map((name) => functionDeclaration(root, name)),
    machines: machineDeclarations(join(root, 'statemachines')),
    reads: [
      ...actions.flatMap((a) => asked(a, a.permissions.read)),
      ...collectors.flatMap((c) =>
        c.permissions.map((s) => ({ ...s, by: `collector ${c.id}`, through: 'member' as const })),
      ),
      ...checks.flatMap((c) =>
        c.permissions.member.map((s) => ({ ...s, by: `check ${c.id}`, through: 'member' as const })),
      ),
    ],
    ownReads: checks.flatMap((c) =>
      c.permissions.own.map((s) => ({ ...s, by: `check ${c.id}`, through: 'member' as const })),
    ),
    metrics: platformJson<Declarations['metrics']>(root, 'metrics.json'),
    quarantine: platformJson<Declarations['quarantine']>(root, 'quarantine.json'),
    writes: actions.flatMap((a) => asked(a, a.permissions.write)),
  };
}

/** The statements that one kind of account gives its roles: what goes through the organization is no member's right, and the reverse. */
export function declaredFor(statements: DeclaredStatement[], through: ActionManifest['through']): DeclaredStatement[] {
  return statements.filter((statement) => statement.through === through);
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
  if (declared.schedule !== undefined && !/^cron\(\d{1,2} \d{1,2} \* \* \? \*\)$/.test(declared.schedule))
    throw new Error(
      `${file}: schedule "${declared.schedule}" is not once a day; write cron(minute hour * * ? *) in UTC, or leave it out for the five-minute heartbeat`,
    );
  if (declared.route !== undefined && !/^GET \/[a-z-]+$/.test(declared.route))
    throw new Error(
      `${file}: route "${declared.route}" is none; write GET /<word>, and change nothing when it is called`,
    );
  if (declared.schedule !== undefined && declared.trigger !== 'schedule')
    throw new Error(`${file}: only the trigger "schedule" takes a schedule; the trigger is "${declared.trigger}"`);
  return { ...declared, name };
}

function platformJson<T>(root: string, file: string): T {
  return JSON.parse(readFileSync(join(root, 'lambdas/platform', file), 'utf8')) as T;
}

function machineDeclarations(folder: string): MachineDeclaration[] {
  const suffix = '.asl.json';
  return names(folder)
    .filter((file) => file.endsWith(suffix))
    .map((file) => ({ name: file.slice(0, -suffix.length), text: readFileSync(join(folder, file), 'utf8') }));
}

interface CheckManifest {
  id: string;
  permissions: { member: Statement[]; own: Statement[] };
}

function checkManifests(folder: string): CheckManifest[] {
  return names(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as CheckManifest);
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
