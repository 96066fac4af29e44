import type { FunctionDeclaration, MachineDeclaration } from './declarations.ts';
import { machineArn } from './grants.ts';
import { type Names, prefix, responseArn } from './names.ts';
import type { Right } from './rights.ts';

export interface Definition {
  /** the text with every placeholder filled in */
  text: string;
  /** exactly what the text calls */
  rights: Right[];
}

/**
 * Fills in `${PlanFunction}` and `${RespondMachine}` and derives what the machine's role needs. CDK does neither for a text:
 * an unknown placeholder would be deployed as it stands, and no right would be granted.
 * Throws naming the machine, the value and the choices.
 */
export function definitionOf(
  machine: MachineDeclaration,
  there: { names: Names; functions: FunctionDeclaration[]; machines: MachineDeclaration[] },
): Definition {
  const file = `statemachines/${machine.name}.asl.json`;
  const { names } = there;
  const arns = new Map([
    ...there.functions.map((f): [string, string] => [
      `${pascal(f.name)}Function`,
      responseArn(names, 'lambda', `function:${prefix}-${f.name}`),
    ]),
    ...there.machines.map((m): [string, string] => [`${pascal(m.name)}Machine`, machineArn(names, m.name)]),
  ]);
  const text = machine.text.replace(/\$\{([^}]*)\}/g, (whole, placeholder: string) => {
    const arn = arns.get(placeholder);
    if (!arn) throw new Error(`${file}: unknown placeholder ${whole}; choose of ${[...arns.keys()].join(', ')}`);
    return arn;
  });
  const calls = resources(JSON.parse(text)).map((task) => callOf(file, task));
  return { text, rights: rightsFor(names, calls) };
}

/** Task states of a definition, those inside Parallel branches and Map processors too. */
function resources(node: unknown): Record<string, unknown>[] {
  if (Array.isArray(node)) return node.flatMap(resources);
  if (typeof node !== 'object' || node === null) return [];
  const task = node as Record<string, unknown>;
  const here = task.Type === 'Task' ? [task] : [];
  return [...here, ...Object.values(task).flatMap(resources)];
}

interface Call {
  invokes?: string;
  starts?: string;
  awaits: boolean;
}

const integrations = [
  'lambda:invoke',
  'lambda:invoke.waitForTaskToken',
  'states:startExecution',
  'states:startExecution.sync',
  'states:startExecution.sync:2',
];

function callOf(file: string, task: Record<string, unknown>): Call {
  const resource = String(task.Resource);
  const parameters = (task.Parameters ?? {}) as Record<string, unknown>;
  if (resource.includes(':lambda:') && resource.includes(':function:')) return { invokes: resource, awaits: false };
  const integration = resource.replace(/^arn:[a-z-]+:states:::/, '');
  if (!integrations.includes(integration))
    throw new Error(
      `${file}: no rights are known for Resource ${resource}; choose a function or ${integrations.join(', ')}`,
    );
  const [service] = integration.split(':');
  const called = service === 'lambda' ? parameters.FunctionName : parameters.StateMachineArn;
  if (typeof called !== 'string' || !called.startsWith('arn:'))
    throw new Error(
      `${file}: ${resource} must name what it calls by a placeholder, or its rights could not be derived`,
    );
  return service === 'lambda'
    ? { invokes: called, awaits: false }
    : { starts: called, awaits: integration.includes('.sync') };
}

function rightsFor(names: Names, calls: Call[]): Right[] {
  const distinct = (values: (string | undefined)[]) => [...new Set(values.filter((v) => v !== undefined))].sort();
  const invoked = distinct(calls.map((call) => call.invokes));
  const started = distinct(calls.map((call) => call.starts));
  const awaited = distinct(calls.filter((call) => call.awaits).map((call) => call.starts));
  return [
    ...(invoked.length > 0 ? [{ actions: ['lambda:InvokeFunction'], resources: invoked }] : []),
    ...(started.length > 0 ? [{ actions: ['states:StartExecution'], resources: started }] : []),
    ...(awaited.length > 0 ? awaiting(names, awaited) : []),
  ];
}

/** Step Functions developer guide, "IAM policies for calling Step Functions": a nested execution is awaited through a managed rule. */
function awaiting(names: Names, machines: string[]): Right[] {
  return [
    {
      actions: ['states:DescribeExecution', 'states:StopExecution'],
      resources: machines.map((arn) => `${arn.replace(':stateMachine:', ':execution:')}:*`),
      wildcard: 'The nested executions of the machines named here get their names only when they start.',
    },
    {
      actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
      resources: [responseArn(names, 'events', 'rule/StepFunctionsGetEventsForStepFunctionsExecutionRule')],
    },
  ];
}

/** `send-slice` → `SendSlice` */
function pascal(name: string): string {
  return name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
