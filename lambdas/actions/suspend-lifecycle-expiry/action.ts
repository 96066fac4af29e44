import {
  GetBucketLifecycleConfigurationCommand,
  type GetBucketLifecycleConfigurationCommandOutput,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { BeforeStateChanged, Drift } from '../../core/errors.ts';
import { hashOf, type Json } from '../../core/json.ts';
import { standing } from '../../core/standing.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Captured, Member } from '../../platform/action.ts';
import { bucketOf, readBucket } from '../../platform/bucket.ts';

/** One rule that deletes. What it covers (a prefix may be the beginning of an object key) is a hash here, and is never shown. */
type Rule = {
  id: string;
  /** `the objects 1 day after they are written`, … */
  deletes: string[];
  enabled: boolean;
  /** of everything but the status */
  hash: string;
};

export type State = {
  /** the rules that delete, suspended or not; all others are left alone */
  rules: Rule[];
};

const inDays = (days: number) => (days === 1 ? '1 day' : `${days} days`);

/**
 * What a rule deletes. However many days it gives, it may delete tonight: they are counted from when an object was written (or replaced),
 * not from when the rule was made (S3 user guide, "Expiring objects"). [] for one that takes away no version: `ExpiredObjectDeleteMarker`
 * clears only markers under which nothing is left.
 */
function deletions({ Expiration, NoncurrentVersionExpiration }: LifecycleRule): string[] {
  const { Date: date, Days } = Expiration ?? {};
  const noncurrent = NoncurrentVersionExpiration?.NoncurrentDays;
  return [
    ...(date === undefined ? [] : [`the objects on ${date.toISOString().slice(0, 10)}`]),
    ...(Days === undefined ? [] : [`the objects ${inDays(Days)} after they are written`]),
    ...(noncurrent === undefined ? [] : [`earlier versions ${inDays(noncurrent)} after they are replaced`]),
  ];
}

function ruleOf(rule: LifecycleRule): Rule[] {
  const { Status, ...rest } = rule;
  const deletes = deletions(rule);
  const hash = hashOf(JSON.parse(JSON.stringify(rest)) as Json);
  return deletes.length === 0 ? [] : [{ id: rule.ID ?? '', deletes, enabled: Status === 'Enabled', hash }];
}

/** In the order of their ids: the order in which S3 lists rules means nothing. */
const stateOf = (rules: readonly LifecycleRule[]): State => ({
  rules: rules.flatMap(ruleOf).sort((a, b) => (a.id < b.id ? -1 : 1)),
});

type Live = GetBucketLifecycleConfigurationCommandOutput | null;
const read = (s3: S3Client, target: Target): Promise<Live> =>
  readBucket(
    target,
    s3.send(new GetBucketLifecycleConfigurationCommand(bucketOf(target))),
    'NoSuchLifecycleConfiguration',
  );

async function capture(target: Target, member: Member): Promise<Captured<State>> {
  const live = await read(member.client(S3Client), target);
  return { state: stateOf(live?.Rules ?? []), scope: {} };
}

/** The rules that two recorded states give another status, by hash: those that are ours to change. */
function flips(from: State, to: State): Map<string, boolean> {
  const was = new Map(from.rules.map(({ hash, enabled }) => [hash, enabled]));
  return new Map(
    to.rules.filter(({ hash, enabled }) => was.get(hash) !== enabled).map(({ hash, enabled }) => [hash, enabled]),
  );
}

/** The rules with only the status of these changed, as the SDK gave them: nothing of them goes through a record. */
function flipped(rules: readonly LifecycleRule[], flip: ReadonlyMap<string, boolean>): LifecycleRule[] {
  return rules.map((rule) => {
    const enabled = flip.get(ruleOf(rule)[0]?.hash ?? '');
    return enabled === undefined ? rule : { ...rule, Status: enabled ? 'Enabled' : 'Disabled' };
  });
}

interface Way {
  from: State;
  to: State;
  /** the rules that must stand as one of the two states says */
  compared(state: State): Rule[];
  changed: () => Error;
}

async function move(target: Target, member: Member, { from, to, compared, changed }: Way): Promise<void> {
  const s3 = member.client(S3Client);
  const live = await read(s3, target);
  const rules = live?.Rules ?? [];
  const now = standing(compared(stateOf(rules)), compared(from), compared(to));
  if (now === 'changed') throw changed();
  if (now === 'due')
    await s3.send(
      new PutBucketLifecycleConfigurationCommand({
        ...bucketOf(target),
        LifecycleConfiguration: { Rules: flipped(rules, flips(from, to)) },
        // a Put without it goes back to the default
        TransitionDefaultMinimumObjectSize: live?.TransitionDefaultMinimumObjectSize,
      }),
    );
}

const word = (enabled: boolean) => (enabled ? 'Enabled' : 'Disabled');

function describe(before: State, after: State): string[] {
  const flip = flips(before, after);
  return after.rules
    .filter(({ hash }) => flip.has(hash))
    .map(
      ({ id, deletes, enabled }) =>
        `lifecycle rule "${id}", which deletes ${deletes.join(' and ')}: ${word(!enabled)} → ${word(enabled)}`,
    );
}

const action: Action<State> = {
  capture,
  // of a recorded change only what it suspends: a rule that the owner adds later is not ours to call drift
  owned: (state, recorded) => ({ rules: recorded ? suspendedBy(recorded, state) : state.rules }),
  intend: ({ rules }) => ({ rules: rules.map((rule) => ({ ...rule, enabled: false })) }),
  losses: ({ rules }, target) =>
    rules
      .filter(({ enabled }) => enabled)
      .map(
        ({ id, deletes }) =>
          `Lifecycle rule "${id}" of bucket ${target.id} no longer deletes ${deletes.join(' and ')}: if it is an honest rule, what it clears away stays and is paid for.`,
      ),
  describe,
  apply: (target, member, before, after) =>
    move(target, member, {
      from: before,
      to: after,
      compared: ({ rules }) => rules,
      changed: () => new BeforeStateChanged(`the lifecycle rules of bucket ${target.id} changed since they were read`),
    }),
  verify: ({ rules }) => {
    const on = rules.filter(({ enabled }) => enabled).map(({ id }) => `"${id}"`);
    return on.length === 0 ? { safe: true } : { safe: false, why: `lifecycle rule ${on.join(', ')} still deletes` };
  },
  undo: (target, member, before, after) =>
    move(target, member, {
      from: after,
      to: before,
      compared: (state) => suspendedBy(before, state),
      changed: () =>
        new Drift(`somebody changed the suspended lifecycle rules of bucket ${target.id} after us: decide by hand`),
    }),
};
export default action;

/** Those rules of a state that a change with this before-state suspends. */
function suspendedBy(before: State, { rules }: State): Rule[] {
  const suspended = new Set(before.rules.filter(({ enabled }) => enabled).map(({ hash }) => hash));
  return rules.filter(({ hash }) => suspended.has(hash));
}
