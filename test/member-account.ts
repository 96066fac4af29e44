import { CloudTrailClient, DescribeTrailsCommand } from '@aws-sdk/client-cloudtrail';
import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import type { Temporal } from 'temporal-polyfill';
import { type AutoScalingGroupSeed, seedAutoScalingGroup } from '../drills/aws/autoscaling/groups.ts';
import { SimulatedAws } from '../drills/aws/aws.ts';
import { type RecorderSeed, seedRecorder } from '../drills/aws/config/service.ts';
import { type FlowLogSeed, seedFlowLog } from '../drills/aws/ec2/flow-logs.ts';
import { type Ec2Seed, seedEc2 } from '../drills/aws/ec2/seed.ts';
import { type SharingSeed, seedSharing } from '../drills/aws/ec2/sharing-seed.ts';
import { seedTargetGroup, type TargetGroupSeed } from '../drills/aws/elbv2/groups.ts';
import { type DetectorSeed, seedDetector } from '../drills/aws/guardduty/service.ts';
import { type InstanceProfileSeed, seedInstanceProfile } from '../drills/aws/iam/instance-profiles.ts';
import { type RootUserSeed, seedRootUser } from '../drills/aws/iam/root.ts';
import type { Call, Command, Service } from '../drills/aws/kernel.ts';
import { type OrganizationSeed, seedOrganization } from '../drills/aws/organizations/organization.ts';
import { type RdsSeed, seedRds } from '../drills/aws/rds/seed.ts';
import { canonicalId } from '../drills/aws/s3/bucket.ts';
import { coreServices } from '../drills/aws/services.ts';
import { type Account, type Credentials, World } from '../drills/aws/world.ts';
import type { JsonObject } from '../lambdas/core/json.ts';
import type { ActionManifest, Statement } from '../lambdas/core/manifest.ts';
import { sessionPolicy } from '../lambdas/core/session-policy.ts';
import type { Target } from '../lambdas/core/target.ts';
import type { ClientClass, Member } from '../lambdas/platform/action.ts';

/** An account as an example writes it in JSON. */
export interface AccountSeed {
  users?: Parameters<Account['addUser']>[0][];
  roles?: Parameters<Account['addRole']>[0][];
  buckets?: Parameters<Account['addBucket']>[0][];
  trails?: Parameters<Account['addTrail']>[0][];
  flowLogs?: FlowLogSeed[];
  configRecorders?: RecorderSeed[];
  detectors?: DetectorSeed[];
  ec2?: Ec2Seed;
  sharing?: SharingSeed;
  rds?: RdsSeed;
  instanceProfiles?: InstanceProfileSeed[];
  targetGroups?: TargetGroupSeed[];
  autoScalingGroups?: AutoScalingGroupSeed[];
  publicAccessBlock?: NonNullable<Account['publicAccessBlock']['stored']>;
  keys?: Parameters<Account['addKey']>[0][];
  root?: RootUserSeed;
  /** this account is the management account */
  organization?: OrganizationSeed;
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
  act(call: { service: string; command: string; input: object; account?: string }): Promise<object>;
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
  baseline?: JsonObject,
  through: ActionManifest['through'] = 'member',
): Stage {
  let clock = start;
  let calls = 0;
  let muted: string[] = [];
  let watching = true;
  const now = () => clock;
  const world = new World(now);
  seed(world, seeds);
  // a session of AssumeRoot is bounded by a policy of AWS, not by what an action declares
  const isRoot = ({ caller }: Call) => caller.context?.['aws:AssumedRoot'] !== undefined;
  const home = through === 'member' ? of.account : Object.keys(seeds).find((id) => seeds[id]?.organization);
  if (!home) throw new Error('an example through the management account needs one: seed its organization');
  const role = world.account(home).addRole({
    name: 'tourniquet-responder',
    trust: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' }] },
    managed: ['arn:aws:iam::aws:policy/AdministratorAccess'],
  });
  /** opening a root session changes nothing, what it then writes does */
  const silent = (name: string, model: Model, input: Record<string, unknown>, call: Call) =>
    isRoot(call)
      ? muted.includes('sts:AssumeRoot') && !/^(?:Get|List)/.test(name)
      : name !== 'AssumeRoot' && model.needs(input, call).some((need) => muted.includes(need.action));
  const watched = (name: string, model: Model): Model => ({
    ...model,
    needs(input, call) {
      calls += 1;
      const needs = model.needs(input, call);
      if (watching && !isRoot(call)) for (const need of needs) used.add(need.action);
      return needs;
    },
    run: (input, call) => (silent(name, model, input, call) ? {} : model.run(input, call)),
  });
  const services = Object.fromEntries(
    Object.entries(coreServices(world)).map(([name, service]) => [
      name,
      Object.fromEntries(Object.entries(service).map(([c, model]) => [c, watched(c, model as Model)])) as Service,
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
      const credentials = world.mint(world.roleSession(role, 'tourniquet-responder', policy), 900);
      const client = <C>(kind: ClientClass<C>, region = target.region, session = credentials): C => {
        const made = new kind({ region, credentials: session });
        aws.wire(made as Parameters<SimulatedAws['wire']>[0]);
        return made;
      };
      return {
        account: target.account,
        region: target.region,
        partition: 'aws',
        ours: [target.account, '555566667777'],
        now,
        baseline,
        client,
      };
    },
    async act({ service, command, input, account = home }) {
      watching = false;
      try {
        return await aws.send(service, command, input, world.rootCredentials(account), of.region);
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
    for (const log of given.flowLogs ?? []) seedFlowLog(account, log);
    for (const recorder of given.configRecorders ?? []) seedRecorder(account, recorder);
    for (const detector of given.detectors ?? []) seedDetector(account, detector);
    if (given.ec2) seedEc2(account, given.ec2);
    if (given.sharing) seedSharing(account, given.sharing);
    if (given.rds) seedRds(world, account, given.rds);
    for (const profile of given.instanceProfiles ?? []) seedInstanceProfile(account, profile);
    for (const group of given.targetGroups ?? []) seedTargetGroup(account, group);
    for (const group of given.autoScalingGroups ?? []) seedAutoScalingGroup(account, group);
    if (given.publicAccessBlock) account.publicAccessBlock.seed(given.publicAccessBlock);
    for (const key of given.keys ?? []) account.addKey(key);
    if (given.root) seedRootUser(account, given.root);
    if (given.organization) seedOrganization(world, id, given.organization);
  }
}
