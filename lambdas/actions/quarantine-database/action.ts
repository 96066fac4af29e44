import type { SecurityGroupRule } from '@aws-sdk/client-ec2';
import {
  ModifyDBClusterCommand,
  ModifyDBInstanceCommand,
  RDSClient,
  type VpcSecurityGroupMembership,
} from '@aws-sdk/client-rds';
import { BeforeStateChanged, Drift } from '../../core/errors.ts';
import { standing } from '../../core/standing.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Member } from '../../platform/action.ts';
import { changeDatabase, readCluster, readDatabase } from '../../platform/database.ts';
import {
  ensureQuarantineGroup,
  findQuarantineGroup,
  quarantineGroup,
  releaseQuarantineGroup,
  rulesOf,
} from '../../platform/quarantine-group.ts';

export type State = {
  /** ids of its security groups, sorted; the quarantine group by its name, because it may not be made yet */
  groups: string[];
  vpc: string;
  /** the cluster whose groups they are: RDS keeps none for a member; null: it stands alone */
  cluster: string | null;
  /** the other members of that cluster, which share its groups */
  members: string[];
  /** whom its groups let in: other groups, prefix lists and address blocks, sorted */
  letIn: string[];
};

const peer = (rule: SecurityGroupRule): string =>
  rule.ReferencedGroupInfo?.GroupId ?? rule.PrefixListId ?? rule.CidrIpv6 ?? rule.CidrIpv4 ?? 'somebody';

async function held(target: Target, member: Member) {
  const database = await readDatabase(target, member);
  const cluster = database.DBClusterIdentifier ?? null;
  const vpc = database.DBSubnetGroup?.VpcId ?? '';
  if (cluster === null) return { cluster, vpc, members: [], groups: idsOf(database.VpcSecurityGroups) };
  const found = await readCluster(cluster, member);
  const members = (found?.DBClusterMembers ?? []).flatMap((one) => one.DBInstanceIdentifier ?? []);
  const others = members.filter((id) => id !== database.DBInstanceIdentifier).sort();
  return { cluster, vpc, members: others, groups: idsOf(found?.VpcSecurityGroups) };
}

/** A group that is being taken away counts until it is gone. */
const idsOf = (groups: VpcSecurityGroupMembership[] | undefined): string[] =>
  (groups ?? []).flatMap(({ VpcSecurityGroupId }) => VpcSecurityGroupId ?? []);

async function read(target: Target, member: Member): Promise<State> {
  const { cluster, vpc, members, groups } = await held(target, member);
  const [quarantine, rules] = await Promise.all([findQuarantineGroup(member, vpc), rulesOf(member, groups)]);
  return {
    groups: groups.map((id) => (id === quarantine ? quarantineGroup : id)).sort(),
    vpc,
    cluster,
    members,
    letIn: [...new Set(rules.filter((rule) => !rule.IsEgress).map(peer))].sort(),
  };
}

/** Security groups do not wait for the maintenance window, so ApplyImmediately, which would bring in other changes, is never sent. */
async function put(target: Target, member: Member, { cluster }: State, VpcSecurityGroupIds: string[]): Promise<void> {
  const rds = member.client(RDSClient);
  const call =
    cluster === null
      ? rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: target.id, VpcSecurityGroupIds }))
      : rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier: cluster, VpcSecurityGroupIds }));
  await changeDatabase(target, call);
}

const isQuarantined = ({ groups }: State) => groups.length === 1 && groups[0] === quarantineGroup;

const action: Action<State> = {
  capture: async (target, member) => {
    const state = await read(target, member);
    return { state, scope: { cluster: state.cluster ?? target.id } };
  },
  owned: ({ groups, cluster }) => ({ groups, cluster }),
  intend: (state) => ({ ...state, groups: [quarantineGroup], letIn: [] }),
  losses: (state, { id }) => {
    if (isQuarantined(state)) return [];
    const { cluster, members, letIn } = state;
    const who = letIn.length === 0 ? '' : ` Its groups let in: ${letIn.slice(0, 10).join(', ')}.`;
    return [
      `Nothing can connect to database ${id} any more, our own applications included.${who}`,
      ...(cluster !== null && members.length > 0
        ? [`The other members of cluster ${cluster} share its groups and are cut off too: ${members.join(', ')}.`]
        : []),
    ];
  },
  describe: (before, after) =>
    before.groups.join() === after.groups.join()
      ? []
      : [
          `security groups${after.cluster === null ? '' : ` of cluster ${after.cluster}`}: ${before.groups.join(', ') || 'none'} → ${after.groups.join(', ')}`,
        ],
  apply: async (target, member, before, after) => {
    const live = await read(target, member);
    const now = standing(live.groups, before.groups, after.groups);
    if (now === 'changed' || live.cluster !== before.cluster)
      throw new BeforeStateChanged(`the security groups of RDS instance ${target.id} changed since they were read`);
    const group = now === 'due' ? await ensureQuarantineGroup(member, live.vpc) : undefined;
    if (group !== undefined) await put(target, member, live, [group]);
  },
  verify: (live) => {
    if (!isQuarantined(live)) return { safe: false, why: `its security groups are ${live.groups.join(', ')}` };
    return live.letIn.length === 0
      ? { safe: true }
      : { safe: false, why: `the quarantine group lets in ${live.letIn.slice(0, 5).join(', ')}` };
  },
  undo: async (target, member, before, after) => {
    const live = await read(target, member);
    const now = standing(live.groups, after.groups, before.groups);
    if (now === 'changed' || live.cluster !== before.cluster)
      throw new Drift(`the security groups of RDS instance ${target.id} changed after us: decide by hand`);
    if (now === 'due') await put(target, member, live, before.groups);
    await releaseQuarantineGroup(member, live.vpc);
  },
};
export default action;
