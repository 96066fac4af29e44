import {
  CreateDBClusterSnapshotCommand,
  CreateDBSnapshotCommand,
  paginateDescribeDBClusterSnapshots,
  paginateDescribeDBSnapshots,
  RDSClient,
} from '@aws-sdk/client-rds';
import type { Temporal } from 'temporal-polyfill';
import type { Target } from '../../core/target.ts';
import type { Action, Member } from '../../platform/action.ts';
import { isCode } from '../../platform/aws-error.ts';
import { changeDatabase, readDatabase } from '../../platform/database.ts';

/** What our snapshots are called; the right to make snapshots covers these names only. */
const prefix = 'tourniquet-evidence-';

export type State = {
  /** the cluster that it is a member of: RDS takes snapshots of the whole cluster only; null: it stands alone */
  cluster: string | null;
  encrypted: boolean;
  /** evidence of this database that is kept already */
  evidence: { name: string; status: string }[];
  /** the snapshot of this change; null before it */
  wanted: string | null;
};

async function evidenceOf(id: string, cluster: string | null, member: Member): Promise<State['evidence']> {
  const client = member.client(RDSClient);
  const found: State['evidence'] = [];
  const add = (name = '', status = '') => {
    if (name.startsWith(prefix)) found.push({ name, status });
  };
  if (cluster === null) {
    const pages = paginateDescribeDBSnapshots({ client }, { DBInstanceIdentifier: id, SnapshotType: 'manual' });
    for await (const { DBSnapshots = [] } of pages) for (const s of DBSnapshots) add(s.DBSnapshotIdentifier, s.Status);
    return found;
  }
  const input = { DBClusterIdentifier: cluster, SnapshotType: 'manual' };
  for await (const { DBClusterSnapshots = [] } of paginateDescribeDBClusterSnapshots({ client }, input))
    for (const s of DBClusterSnapshots) add(s.DBClusterSnapshotIdentifier, s.Status);
  return found;
}

async function read(target: Target, member: Member): Promise<State> {
  const database = await readDatabase(target, member);
  const cluster = database.DBClusterIdentifier ?? null;
  const evidence = await evidenceOf(target.id, cluster, member);
  return { cluster, encrypted: database.StorageEncrypted ?? false, evidence, wanted: null };
}

/** Names of snapshots have 255 characters at most, and no two hyphens in a row. */
function nameFor(of: string, at: Temporal.Instant): string {
  const time = at.toString({ smallestUnit: 'millisecond' }).replaceAll(/[^0-9]/g, '');
  return `${prefix}${of.toLowerCase()}-${time}`;
}

async function create(target: Target, member: Member, cluster: string | null, name: string): Promise<void> {
  const rds = member.client(RDSClient);
  try {
    if (cluster === null)
      await rds.send(new CreateDBSnapshotCommand({ DBInstanceIdentifier: target.id, DBSnapshotIdentifier: name }));
    else
      await rds.send(
        new CreateDBClusterSnapshotCommand({ DBClusterIdentifier: cluster, DBClusterSnapshotIdentifier: name }),
      );
  } catch (error) {
    const taken = ['DBSnapshotAlreadyExistsFault', 'DBClusterSnapshotAlreadyExistsFault'];
    if (!taken.some((code) => isCode(error, code))) throw error;
  }
}

const action: Action<State> = {
  capture: async (target, member) => {
    const state = await read(target, member);
    return { state, scope: { cluster: state.cluster ?? target.id } };
  },
  // it adds and takes nothing away: there is nothing to put back, and nothing of anybody else's that it could overwrite
  owned: () => ({}),
  intend: (state, target, at) => ({ ...state, wanted: nameFor(state.cluster ?? target.id, at) }),
  losses: () => [],
  describe: (before, after) =>
    before.wanted === after.wanted
      ? []
      : [
          `${after.cluster === null ? 'snapshot' : `snapshot of cluster ${after.cluster}`} ${after.wanted}: none → started${after.encrypted ? ', encrypted with the key of the database' : ', not encrypted'}`,
        ],
  apply: async (target, member, _before, after) => {
    const { cluster, evidence } = await read(target, member);
    const wanted = after.wanted ?? '';
    if (evidence.some(({ name }) => name === wanted)) return;
    await changeDatabase(target, create(target, member, cluster, wanted));
  },
  verify: ({ evidence }, _target, after) => {
    const own = evidence.find(({ name }) => name === after.wanted);
    // RDS keeps the moment of the call: a snapshot that is being made is enough
    if (own && ['creating', 'available'].includes(own.status)) return { safe: true };
    return {
      safe: false,
      why: own ? `snapshot ${own.name} is in state ${own.status}` : `no snapshot ${after.wanted ?? prefix} was started`,
    };
  },
  // evidence is kept
  undo: async () => undefined,
};
export default action;
