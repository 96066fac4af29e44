import { CloudTrailClient, DescribeTrailsCommand } from '@aws-sdk/client-cloudtrail';
import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import type { Temporal } from 'temporal-polyfill';
import { SimulatedAws } from '../drills/aws/aws.ts';
import type { Command, Service } from '../drills/aws/kernel.ts';
import { canonicalId } from '../drills/aws/s3/bucket.ts';
import { coreServices } from '../drills/aws/services.ts';
import { type Account, type Credentials, World } from '../drills/aws/world.ts';
import type { Statement } from '../lambdas/core/manifest.ts';
import { sessionPolicy } from '../lambdas/core/session-policy.ts';
import type { Target } from '../lambdas/core/target.ts';
import type { ClientClass, Member } from '../lambdas/platform/action.ts';

/** An account as an example writes it in JSON. */
export interface AccountSeed {
  users?: Parameters<Account['addUser']>[0][];
  roles?: Parameters<Account['addRole']>[0][];
  buckets?: Parameters<Account['addBucket']>[0][];
  trails?: Parameters<Account['addTrail']>[0][];
  publicAccessBlock?: NonNullable<Account['publicAccessBlock']['stored']>;
}

/** Fills in `{ "$canonicalId": account }`, which JSON cannot compute. */
export function grounds(seeds: Record<string, AccountSeed>): Record<string, AccountSeed> {
  return JSON.parse(JSON.stringify(seeds), (_, value: { $canonicalId?: string } | null) =>
    typeof value?.$canonicalId === 'string' ? canonicalId(value.$canonicalId) : value,
  ) as Record<string, AccountSeed>;
}

/** One simulated member account, and the sessions that actions and collectors get in it. */
export interface Stage {
  world: World;
  now(): Temporal.Instant;
  pass(time: Temporal.DurationLike): void;
  /** a member whose session may do exactly what the statements say for this target */
  member(statements: Statement[], scope?: Record<string, string>, target?: Target): Member;
  /** a call of the account's own administrator */
  act(call: { service: string; command: string; input: object }): Promise<object>;
  /** from now on commands that need one of these IAM actions succeed and do nothing */
  mute(actions: string[]): void;
  calls(): number;
  /** what a command answers from now on, whatever the world holds */
  answer(service: string, command: string, output: object): void;
  /** a GetSessionToken session minted with a user's long-term key */
  mintSession(key: Credentials): Promise<Credentials>;
  /** whether these credentials may do anything (list the trails) */
  can(credentials: Credentials): Promise<boolean>;
}

type Model = Command<Record<string, unknown>, unknown>;

/** `used` collects every IAM action that members were authorised for. */
export function stage(
  seeds: Record<string, AccountSeed>,
  of: Target,
  start: Temporal.Instant,
  used: Set<string>,
): Stage {
  let clock = start;
  let calls = 0;
  let muted: string[] = [];
  let watching = true;
  const now = () => clock;
  const world = new World(now);
  seed(world, seeds);
  const role = world.account(of.account).addRole({
    name: 'tourniquet-test',
    trust: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' }] },
    managed: ['arn:aws:iam::aws:policy/AdministratorAccess'],
  });
  const watched = (model: Model): Model => ({
    ...model,
    needs(input, call) {
      calls += 1;
      const needs = model.needs(input, call);
      if (watching) for (const need of needs) used.add(need.action);
      return needs;
    },
    run: (input, call) =>
      model.needs(input, call).some((need) => muted.includes(need.action)) ? {} : model.run(input, call),
  });
  const services = Object.fromEntries(
    Object.entries(coreServices(world)).map(([name, service]) => [
      name,
      Object.fromEntries(Object.entries(service).map(([c, model]) => [c, watched(model as Model)])) as Service,
    ]),
  );
  const aws = new SimulatedAws({ now, world, services });
  return {
    world,
    now,
    pass: (time) => {
      clock = clock.add(time);
    },
    member(statements, scope = {}, target = of) {
      const policy = sessionPolicy(statements, { target, partition: 'aws', scope });
      const credentials = world.mint(world.roleSession(role, 'tourniquet-test', policy), 900);
      const client = <C>(kind: ClientClass<C>, region = target.region): C => {
        const made = new kind({ region, credentials });
        aws.wire(made as Parameters<SimulatedAws['wire']>[0]);
        return made;
      };
      return { account: target.account, region: target.region, partition: 'aws', now, client };
    },
    async act({ service, command, input }) {
      watching = false;
      try {
        return await aws.send(service, command, input, world.rootCredentials(of.account), of.region);
      } finally {
        watching = true;
      }
    },
    mute: (actions) => {
      muted = actions;
    },
    calls: () => calls,
    answer(service, command, output) {
      const model = services[service]?.[command] as unknown as Model;
      Object.assign(model, { needs: () => [], run: () => output });
    },
    async mintSession(key) {
      const sts = aws.client(STSClient, { region: of.region, credentials: key });
      const { Credentials: given } = await sts.send(new GetSessionTokenCommand({}));
      return {
        accessKeyId: given?.AccessKeyId ?? '',
        secretAccessKey: given?.SecretAccessKey ?? '',
        sessionToken: given?.SessionToken,
      };
    },
    async can(credentials) {
      const ct = aws.client(CloudTrailClient, { region: of.region, credentials });
      return ct.send(new DescribeTrailsCommand({})).then(
        () => true,
        () => false,
      );
    },
  };
}

function seed(world: World, seeds: Record<string, AccountSeed>): void {
  for (const [id, given] of Object.entries(seeds)) {
    const account = world.account(id);
    for (const user of given.users ?? []) account.addUser(user);
    for (const one of given.roles ?? []) account.addRole(one);
    for (const bucket of given.buckets ?? []) account.addBucket(bucket);
    for (const trail of given.trails ?? []) account.addTrail(trail);
    if (given.publicAccessBlock) account.publicAccessBlock.seed(given.publicAccessBlock);
  }
}
