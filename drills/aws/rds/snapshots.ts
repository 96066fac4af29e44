import { AwsError, type Call, type Command, type Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { databaseOf, need, requireReady } from './databases.ts';
import { bare, DbSnapshot, dbSnapshots, defaultKey, keep, pageOf, rdsArn } from './state.ts';

/** A manual snapshot may be shared with so many accounts (RDS user guide, "Sharing a DB snapshot"). */
const mostAccounts = 20;

/** The same API twice, with other words: of instances, and of clusters. */
interface Words {
  kind: DbSnapshot['kind'];
  source: 'db' | 'cluster';
  id: 'DBSnapshotIdentifier' | 'DBClusterSnapshotIdentifier';
  of: 'DBInstanceIdentifier' | 'DBClusterIdentifier';
  arn: 'DBSnapshotArn' | 'DBClusterSnapshotArn';
  list: 'DBSnapshots' | 'DBClusterSnapshots';
  one: 'DBSnapshot' | 'DBClusterSnapshot';
  missing: string;
  taken: string;
  badState: string;
}

type Input = {
  [name in Words['id'] | Words['of'] | 'SnapshotType' | 'Marker' | 'AttributeName']?: string;
} & {
  IncludeShared?: boolean;
  IncludePublic?: boolean;
  MaxRecords?: number;
  ValuesToAdd?: string[];
  ValuesToRemove?: string[];
  Tags?: { Key?: string; Value?: string }[];
};

const mayRestore = (snapshot: DbSnapshot, account: string): boolean =>
  snapshot.account === account || snapshot.sharedWith.has(account) || snapshot.sharedWith.has('all');

/** The caller's own by name or ARN; another account's by ARN, where it is shared. */
function snapshotOf(world: World, words: Words, name: string | undefined, call: Call): DbSnapshot {
  const account = /^arn:aws:rds:[^:]*:(\d{12}):/.exec(name ?? '')?.[1] ?? call.caller.account;
  const found = dbSnapshots(world, call.region, words.kind).find(
    (s) => s.id === bare(name, words.kind) && s.account === account && mayRestore(s, call.caller.account),
  );
  if (!found) throw new AwsError(words.missing, 404, `${words.one} ${name} not found.`);
  return found;
}

function ownOf(world: World, words: Words, name: string | undefined, call: Call): DbSnapshot {
  const found = snapshotOf(world, words, name, call);
  if (found.account !== call.caller.account) throw new AwsError(words.missing, 404, `${words.one} ${name} not found.`);
  return found;
}

const shown = (words: Words, snapshot: DbSnapshot, call: Call) => ({
  [words.id]: snapshot.account === call.caller.account ? snapshot.id : arnOf(snapshot),
  [words.of]: snapshot.of,
  [words.arn]: arnOf(snapshot),
  Status: snapshot.isAvailable(call.now) ? 'available' : 'creating',
  SnapshotType: snapshot.type,
  SnapshotCreateTime: new Date(snapshot.created.epochMilliseconds),
  Engine: snapshot.engine,
  VpcId: snapshot.vpc,
  [words.kind === 'snapshot' ? 'Encrypted' : 'StorageEncrypted']: snapshot.key !== undefined,
  ...(snapshot.key !== undefined && { KmsKeyId: snapshot.key }),
});

const arnOf = ({ account, region, kind, id }: DbSnapshot): string => rdsArn(account, region, kind, id);

function describe(world: World, words: Words): Command<Input, object> {
  return {
    parameters: [words.id, words.of, 'SnapshotType', 'IncludeShared', 'IncludePublic', 'MaxRecords', 'Marker'],
    needs: (input, call) => [need(`Describe${words.list}`, words.kind, input[words.id], call)],
    run(input, call) {
      const name = input[words.id];
      const self = call.caller.account;
      const kinds: ((s: DbSnapshot) => boolean)[] = [(s) => s.account === self];
      if (input.IncludeShared || input.SnapshotType === 'shared') kinds.push((s) => s.sharedWith.has(self));
      if (input.IncludePublic || input.SnapshotType === 'public') kinds.push((s) => s.sharedWith.has('all'));
      const type = input.SnapshotType;
      const ownType = type === undefined || type === 'shared' || type === 'public' ? undefined : type;
      const all = name
        ? [snapshotOf(world, words, name, call)]
        : dbSnapshots(world, call.region, words.kind).filter((s) => kinds.some((is) => is(s)));
      const found = all.filter(
        (s) =>
          (ownType === undefined || (s.type === ownType && s.account === self)) &&
          (type !== 'shared' || s.sharedWith.has(self)) &&
          (type !== 'public' || s.sharedWith.has('all')) &&
          (input[words.of] === undefined || s.of === input[words.of]?.toLowerCase()),
      );
      const { items, ...more } = pageOf(found, input);
      return { [words.list]: items.map((s) => shown(words, s, call)), ...more };
    },
  };
}

const attributes = (words: Words, snapshot: DbSnapshot) => ({
  [`${words.one}AttributesResult`]: {
    [words.id]: snapshot.id,
    [`${words.one}Attributes`]: [{ AttributeName: 'restore', AttributeValues: [...snapshot.sharedWith].sort() }],
  },
});

function describeAttributes(world: World, words: Words): Command<Input, object> {
  return {
    parameters: [words.id],
    needs: (input, call) => [need(`Describe${words.one}Attributes`, words.kind, input[words.id], call)],
    run: (input, call) => attributes(words, ownOf(world, words, input[words.id], call)),
  };
}

function share(
  words: Words,
  snapshot: DbSnapshot,
  { ValuesToAdd: add = [], ValuesToRemove: remove = [] }: Input,
): void {
  const wrong = [...add, ...remove].find((name) => name !== 'all' && !/^\d{12}$/.test(name));
  if (wrong !== undefined) throw new AwsError('InvalidParameterValue', 400, `Invalid account id: ${wrong}`);
  const refused = (why: string) => new AwsError(words.badState, 400, why);
  if (add.length > 0) {
    if (snapshot.type !== 'manual') throw refused('Only manual snapshots can be shared; copy it first');
    if (snapshot.key === defaultKey) throw refused('Cannot share a snapshot encrypted with the default key');
    if (snapshot.key !== undefined && add.includes('all')) throw refused('An encrypted snapshot cannot be public');
  }
  const next = new Set([...snapshot.sharedWith, ...add].filter((name) => !remove.includes(name)));
  if ([...next].filter((name) => name !== 'all').length > mostAccounts)
    throw new AwsError(
      'SharedSnapshotQuotaExceededFault',
      400,
      `At most ${mostAccounts} accounts may share a snapshot`,
    );
  snapshot.sharedWith = next;
}

function modifyAttribute(world: World, words: Words): Command<Input, object> {
  return {
    parameters: [words.id, 'AttributeName', 'ValuesToAdd', 'ValuesToRemove'],
    needs: (input, call) => [need(`Modify${words.one}Attribute`, words.kind, input[words.id], call)],
    run(input, call) {
      const snapshot = ownOf(world, words, input[words.id], call);
      if (input.AttributeName !== 'restore')
        throw new AwsError('InvalidParameterValue', 400, `Unknown attribute ${input.AttributeName}`);
      share(words, snapshot, input);
      return attributes(words, snapshot);
    },
  };
}

function create(world: World, words: Words): Command<Input, object> {
  return {
    parameters: [words.id, words.of, 'Tags'],
    needs: (input, call) => [
      need(`Create${words.one}`, words.source, input[words.of], call),
      need(`Create${words.one}`, words.kind, input[words.id], call),
      ...(input.Tags?.length ? [need('AddTagsToResource', words.kind, input[words.id], call)] : []),
    ],
    run(input, call) {
      const source = databaseOf(world, words.source, input[words.of], call);
      if (source.cluster !== undefined)
        throw new AwsError(
          'InvalidParameterValue',
          400,
          `The specified instance is a member of a cluster and a snapshot cannot be created directly. Please use the CreateDBClusterSnapshot API instead.`,
        );
      requireReady(source);
      const id = (input[words.id] ?? '').toLowerCase();
      if (!/^[a-z](?:-?[a-z0-9]){0,254}$/.test(id))
        throw new AwsError('InvalidParameterValue', 400, `The parameter ${words.id} is not a valid identifier.`);
      const own = dbSnapshots(world, call.region, words.kind).filter((s) => s.account === call.caller.account);
      if (own.some((s) => s.id === id))
        throw new AwsError(
          words.taken,
          400,
          `Cannot create the snapshot because one with the identifier ${id} already exists.`,
        );
      const { region, engine, vpc, key } = source;
      const seed = { id, of: source.id, region, engine, vpc, ...(key !== undefined && { key }) };
      const account = world.account(call.caller.account);
      return { [words.one]: shown(words, keep(account, new DbSnapshot(words.kind, account, seed, 'now')), call) };
    },
  };
}

const commandsOf = (world: World, words: Words): Service => ({
  [`Describe${words.list}`]: describe(world, words),
  [`Describe${words.one}Attributes`]: describeAttributes(world, words),
  [`Modify${words.one}Attribute`]: modifyAttribute(world, words),
  [`Create${words.one}`]: create(world, words),
});

/** Snapshots of RDS. Does not model copying and restoring (whoever sees a snapshot may restore it), deletion, nor what is in one. */
export const snapshotCommands = (world: World): Service => ({
  ...commandsOf(world, {
    kind: 'snapshot',
    source: 'db',
    id: 'DBSnapshotIdentifier',
    of: 'DBInstanceIdentifier',
    arn: 'DBSnapshotArn',
    list: 'DBSnapshots',
    one: 'DBSnapshot',
    missing: 'DBSnapshotNotFoundFault',
    taken: 'DBSnapshotAlreadyExistsFault',
    badState: 'InvalidDBSnapshotStateFault',
  }),
  ...commandsOf(world, {
    kind: 'cluster-snapshot',
    source: 'cluster',
    id: 'DBClusterSnapshotIdentifier',
    of: 'DBClusterIdentifier',
    arn: 'DBClusterSnapshotArn',
    list: 'DBClusterSnapshots',
    one: 'DBClusterSnapshot',
    missing: 'DBClusterSnapshotNotFoundFault',
    taken: 'DBClusterSnapshotAlreadyExistsFault',
    badState: 'InvalidDBClusterSnapshotStateFault',
  }),
});
