/** A definition that uses something the local engine would silently misread (toolchain facts: aws-local-stepfunctions 3.0.0). */
export class NotUnderstood extends Error {
  override name = 'NotUnderstood';
}

const common = ['Type', 'Comment', 'InputPath', 'OutputPath'];
const flow = ['Next', 'End', 'ResultPath'];
const caught = ['Retry', 'Catch', 'Parameters', 'ResultSelector'];

/** The fields of each state type that the engine runs as AWS does. Anything else is refused, not ignored. */
const fields: Record<string, readonly string[]> = {
  Task: [...common, ...flow, ...caught, 'Resource', 'TimeoutSeconds', 'TimeoutSecondsPath'],
  Parallel: [...common, ...flow, ...caught, 'Branches'],
  Map: [
    ...common,
    ...flow,
    'Retry',
    'Catch',
    'ResultSelector',
    'ItemsPath',
    'ItemSelector',
    'ItemProcessor',
    'MaxConcurrency',
  ],
  Pass: [...common, ...flow, 'Parameters', 'Result'],
  Wait: [...common, 'Next', 'End', 'Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'],
  Choice: [...common, 'Choices', 'Default'],
  Succeed: common,
  Fail: [...common, 'Error', 'Cause'],
};
/** The same for what stands inside a state: these may carry an Assign or an Output, which the engine would pass over. */
const inside: Record<string, readonly string[]> = {
  Retry: [
    'ErrorEquals',
    'IntervalSeconds',
    'MaxAttempts',
    'BackoffRate',
    'MaxDelaySeconds',
    'JitterStrategy',
    'Comment',
  ],
  Catch: ['ErrorEquals', 'Next', 'ResultPath', 'Comment'],
};
/** What a Choice rule must not have; its comparisons are the validator's to check. */
const notInRule = ['Assign', 'Output', 'Condition'];
const machineFields = ['Comment', 'StartAt', 'States', 'TimeoutSeconds', 'ProcessorConfig'];
const resources =
  /^arn:[a-z-]+:(?:lambda:[a-z0-9-]*:\d{12}:function:[\w-]+|states:::states:startExecution(?:\.sync:2)?|states:::lambda:invoke\.waitForTaskToken)$/;

type Definition = Record<string, unknown>;
const isObject = (value: unknown): value is Definition =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Every Task of a definition by state name, at any depth. Throws NotUnderstood naming the state and the field that the engine
 * does not know, a Task without a time limit, a Distributed Map, or a state name that is used twice.
 */
export function guard(definition: unknown): Map<string, string> {
  const tasks = new Map<string, string>();
  const names = new Set<string>();
  machine(definition, 'the machine');
  return tasks;

  function machine(value: unknown, where: string): void {
    if (!isObject(value) || !isObject(value.States)) throw new NotUnderstood(`${where} has no States`);
    only(value, machineFields, where);
    if (isObject(value.ProcessorConfig) && value.ProcessorConfig.Mode !== 'INLINE')
      throw new NotUnderstood(`${where}: Map mode ${String(value.ProcessorConfig.Mode)}; the engine runs INLINE only`);
    for (const [name, state] of Object.entries(value.States)) {
      if (names.has(name)) throw new NotUnderstood(`two states are named "${name}"; the engine finds them by name`);
      names.add(name);
      stateOf(name, state);
    }
  }

  function stateOf(name: string, state: unknown): void {
    const allowed = isObject(state) ? fields[String(state.Type)] : undefined;
    if (!isObject(state) || !allowed) throw new NotUnderstood(`state "${name}" has no type that the engine knows`);
    only(state, allowed, `state "${name}"`);
    for (const [field, known] of Object.entries(inside))
      for (const entry of listed(state[field])) only(entry, known, `${field} of state "${name}"`);
    for (const rule of listed(state.Choices)) {
      const unknown = notInRule.filter((field) => field in rule);
      if (unknown.length > 0)
        throw new NotUnderstood(`a rule of state "${name}": the engine does not know ${unknown.join(', ')}`);
    }
    if (state.Type === 'Task') task(name, state);
    if (state.Type === 'Map') machine(state.ItemProcessor, `state "${name}"`);
    if (Array.isArray(state.Branches))
      for (const [i, branch] of state.Branches.entries()) machine(branch, `branch ${i} of "${name}"`);
  }

  function task(name: string, state: Definition): void {
    const resource = String(state.Resource);
    if (!resources.test(resource)) throw new NotUnderstood(`state "${name}": the engine does not run ${resource}`);
    if (state.TimeoutSeconds === undefined && state.TimeoutSecondsPath === undefined)
      throw new NotUnderstood(`state "${name}" has no time limit: AWS would wait a year, the engine a minute`);
    tasks.set(name, resource);
  }
}

function listed(value: unknown): Definition[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function only(value: Definition, allowed: readonly string[], where: string): void {
  const unknown = Object.keys(value).filter((field) => !allowed.includes(field));
  if (unknown.length > 0)
    throw new NotUnderstood(`${where}: the engine does not know ${unknown.join(', ')}; it knows ${allowed.join(', ')}`);
}
