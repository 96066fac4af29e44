import type { Deployment } from './cloudformation/deployment.ts';
import { deployOrganization } from './cloudformation/organization.ts';
import { DeclaredResource } from './cloudformation/resource.ts';
import * as runtime from './cloudformation/runtime.ts';
import { deployBuckets, deployKeys, deployRoles } from './cloudformation/security.ts';
import * as shapes from './cloudformation/shapes.ts';
import { type Imports, Stack, type Synthesised } from './cloudformation/template.ts';
import { NotModelled } from './kernel.ts';
import type { World } from './world.ts';

export type { Deployment } from './cloudformation/deployment.ts';
export type { Synthesised } from './cloudformation/template.ts';

const read = new Set([
  'AWS::DynamoDB::GlobalTable',
  'AWS::DynamoDB::Table',
  'AWS::Events::Rule',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::KMS::Alias',
  'AWS::KMS::Key',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Organizations::Policy',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
  'AWS::SES::ConfigurationSet',
  'AWS::SES::ConfigurationSetEventDestination',
  'AWS::SES::EmailIdentity',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
  'AWS::StepFunctions::StateMachine',
]);

function stacksOf(sources: readonly Synthesised[]): Stack[] {
  const stacks: Stack[] = [];
  const imports: Imports = (account, region, exportName) => {
    for (const stack of stacks) {
      if (stack.account !== account || stack.region !== region) continue;
      const exported = stack.outputs().find(([, output]) => output.exportName === exportName);
      if (exported) return exported[1].value();
    }
    throw new RangeError(`no stack in account ${account}, Region ${region} exports '${exportName}'`);
  };
  stacks.push(...sources.map((source) => new Stack(source, imports)));
  return stacks;
}

/** The resources that exist, those of other types apart. An IAM type that is not read could hide a grant: it is refused. */
function declared(stacks: readonly Stack[]): { known: DeclaredResource[]; ignored: Deployment['ignored'] } {
  const known: DeclaredResource[] = [];
  const ignored: Deployment['ignored'] = [];
  for (const stack of stacks)
    for (const found of stack.resources()) {
      const resource = new DeclaredResource(stack, found);
      if (!read.has(found.type)) {
        if (found.type.startsWith('AWS::IAM::') && found.type !== 'AWS::IAM::ServiceLinkedRole')
          throw new NotModelled(`the resource type ${found.type} ('${found.logicalId}' of stack ${stack.name})`);
        ignored.push({ ...resource.placement, type: found.type });
      } else if (found.condition === undefined || stack.condition(found.condition)) known.push(resource);
    }
  return { known, ignored };
}

function unique<T>(entries: readonly (readonly [string, T])[], what: string): Map<string, T> {
  const map = new Map(entries);
  if (map.size === entries.length) return map;
  const names = entries.map(([name]) => name);
  throw new RangeError(`two ${what} share the name '${names.find((name, at) => names.indexOf(name) !== at)}'`);
}

/** Gives topics and queues the policies that stand beside them. */
function attachPolicies(known: readonly DeclaredResource[], { topics, queues }: Pick<Deployment, 'topics' | 'queues'>) {
  for (const resource of known) {
    const policies: [string, { policy?: string } | undefined, object][] = [];
    if (resource.type === 'AWS::SNS::TopicPolicy') {
      const { Topics, PolicyDocument } = resource.read(shapes.topicPolicy);
      for (const arn of Topics) policies.push([arn, topics.get(arn), PolicyDocument]);
    } else if (resource.type === 'AWS::SQS::QueuePolicy') {
      const { Queues, PolicyDocument } = resource.read(shapes.queuePolicy);
      for (const url of Queues)
        policies.push([url, [...queues.values()].find((queue) => queue.url === url), PolicyDocument]);
    }
    for (const [name, holder, document] of policies) {
      if (!holder) throw new RangeError(`'${resource.logicalId}' is the policy of ${name}, which no stack declares`);
      if (holder.policy !== undefined) throw new RangeError(`${name} has two policies: AWS keeps one`);
      holder.policy = JSON.stringify(document);
    }
  }
}

/** Lets access evaluation find the resource policies. Contents (items, messages) are no part of an account's comparison. */
function register(world: World, { topics, queues, tables }: Pick<Deployment, 'topics' | 'queues' | 'tables'>): void {
  for (const holder of [...topics.values(), ...queues.values()])
    world.account(holder.account).resources.set(holder.arn, {
      stored: () => ({ policy: holder.policy ?? null }),
      policy: () => holder.policy,
    });
  for (const { shape } of tables.values())
    world.account(shape.account).resources.set(shape.arn, { stored: () => ({}) });
}

function textOf(what: string, key: string, values: ReadonlyMap<string, () => unknown>): string {
  const value = values.get(key);
  if (!value) throw new RangeError(`${what} has no '${key}'; it has ${[...values.keys()].join(', ') || 'none'}`);
  return String(value());
}

/**
 * Loads synthesised templates: roles, policies, keys and buckets into `world`, all else into the result. Everything takes effect at once.
 * Throws NotModelled for a resource of a read type that is declared in a way the model does not know, RangeError for dangling references.
 */
export function deploy(world: World, sources: readonly Synthesised[]): Deployment {
  const stacks = stacksOf(sources);
  const { known, ignored } = declared(stacks);
  const keys = deployKeys(world, known);
  deployRoles(world, known);
  deployBuckets(world, known, keys);
  deployOrganization(
    world,
    known,
    stacks.map((stack) => stack.account),
  );
  const all = <T>(types: readonly string[], make: (resource: DeclaredResource) => T): T[] =>
    known.filter(({ type }) => types.includes(type)).map(make);
  const functions = all(['AWS::Lambda::Function'], runtime.lambdaFunction);
  const names = new Map(functions.map(({ arn, name }) => [arn, name]));
  const machines = all(['AWS::StepFunctions::StateMachine'], (resource) => runtime.stateMachine(resource, names));
  const tables = all(['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'], (r) => runtime.table(r, keys));
  const stackOf = (name: string): Stack => {
    const stack = stacks.find((candidate) => candidate.name === name);
    if (!stack) throw new RangeError(`no stack '${name}'; deployed: ${stacks.map((s) => s.name).join(', ')}`);
    return stack;
  };
  const deployment: Deployment = {
    functions: unique(
      functions.map((f) => [f.name, f]),
      'functions',
    ),
    machines: unique(
      machines.map((m) => [m.name, m]),
      'state machines',
    ),
    rules: all(['AWS::Events::Rule'], runtime.rule),
    queues: new Map(all(['AWS::SQS::Queue'], runtime.queue).map((queue) => [queue.arn, queue])),
    topics: new Map(all(['AWS::SNS::Topic'], (r) => runtime.topic(r, keys)).map((topic) => [topic.arn, topic])),
    tables: new Map(tables.map((table) => [table.shape.arn, table])),
    mail: runtime.mailSetup(known),
    mappings: all(['AWS::Lambda::EventSourceMapping'], runtime.mapping),
    permissions: all(['AWS::Lambda::Permission'], runtime.permission),
    outbox: { published: [], mailed: [] },
    ignored,
    output: (stack, key) =>
      textOf(
        `stack ${stack}`,
        key,
        new Map(
          stackOf(stack)
            .outputs()
            .map(([name, { value }]) => [name, value]),
        ),
      ),
    ref: (stack, logicalId) => stackOf(stack).identity(logicalId).ref,
  };
  attachPolicies(known, deployment);
  register(world, deployment);
  return deployment;
}
