import { BeforeStateChanged, Drift, Hindered, TargetForeign, TargetNotFound } from '../core/errors.ts';
import { equal } from '../core/standing.ts';
import { type Target, targetKinds } from '../core/target.ts';
import type { Action, Member } from './action.ts';
import { isCode } from './aws-error.ts';

/** Whom a snapshot or image is given to: account ids, ARNs of organizations and organizational units, and `all` for everyone. */
export type Sharing = {
  /** whoever is not one of the accounts of the settings; sorted */
  strangers: string[];
  /** accounts of the settings, which keep it; sorted */
  ours: string[];
};

/** How one of AWS's four ways of sharing is called. */
export interface SharingApi {
  read(id: string, member: Member): Promise<string[]>;
  /** one call */
  change(id: string, member: Member, how: 'add' | 'remove', names: string[]): Promise<void>;
  /** names that one call takes */
  atOnce: number;
  /** codes by which AWS says that there is no such thing, and that it is another account's */
  missing: string;
  foreign?: string;
  /** codes by which AWS will not share it, as things stand */
  refusals: string[];
  /** what a stranger may do with it: `restore`, `start instances from` */
  use: string;
}

const called = (target: Target) => `${targetKinds[target.kind].noun} ${target.id}`;

/** In words. */
export function named(name: string): string {
  if (name === 'all') return 'the public';
  if (/^\d{12}$/.test(name)) return `account ${name}`;
  const [, kind, id] = /:(organization|ou)\/(.+)$/.exec(name) ?? [];
  return kind === undefined ? name : `${kind === 'ou' ? 'organizational unit' : 'organization'} ${id}`;
}

async function read(api: SharingApi, target: Target, member: Member): Promise<Sharing> {
  try {
    const names = (await api.read(target.id, member)).sort();
    const known = (name: string) => member.ours.includes(name);
    return { strangers: names.filter((name) => !known(name)), ours: names.filter(known) };
  } catch (error) {
    if (isCode(error, api.missing))
      throw new TargetNotFound(
        `${called(target)} does not exist in ${target.region}: check the finding, it may be deleted`,
      );
    if (api.foreign !== undefined && isCode(error, api.foreign))
      throw new TargetForeign(`${called(target)} belongs to another account than ${target.account}`);
    throw error;
  }
}

/** As many names a call as AWS takes. */
function pieces(names: string[], atOnce: number): string[][] {
  return Array.from({ length: Math.ceil(names.length / atOnce) }, (_, i) => names.slice(i * atOnce, (i + 1) * atOnce));
}

/** The calls that are still to be made: a crash between two of them leaves neither of the recorded states. */
function rest(live: string[], from: string[][], left: (done: number) => string[][]): string[][] | undefined {
  const done = Array.from({ length: from.length + 1 }, (_, i) => i).find((i) => equal(live, left(i).flat()));
  return done === undefined ? undefined : from.slice(done);
}

async function share(api: SharingApi, target: Target, member: Member, names: string[]): Promise<void> {
  try {
    await api.change(target.id, member, 'add', names);
  } catch (error) {
    if (!api.refusals.some((code) => isCode(error, code))) throw error;
    throw new Hindered(
      `AWS does not share ${called(target)} with ${names.map(named).join(', ')} again: public sharing may be blocked in ${target.region} (restore that change first), or its encryption or a quota forbids it`,
    );
  }
}

/** The action that takes a snapshot or image back from everybody who is not one of us. Our own accounts keep it. */
export function unshare(api: SharingApi): Action<Sharing> {
  return {
    capture: async (target, member) => ({ state: await read(api, target, member), scope: {} }),
    owned: ({ strangers }) => ({ strangers }),
    intend: ({ ours }) => ({ strangers: [], ours }),
    losses: ({ strangers }, target) =>
      strangers.map((name) =>
        name === 'all'
          ? `Everyone outside loses ${called(target)}: whoever relied on it being public can no longer ${api.use} it.`
          : `${named(name).replace(/^./, (c) => c.toUpperCase())} can no longer ${api.use} ${called(target)}; copies that it has made stay its own.`,
      ),
    describe: (before, after) => {
      const only = (these: Sharing, those: Sharing) =>
        these.strangers.filter((name) => !those.strangers.includes(name));
      return [
        ...only(before, after).map((name) => `shared with ${named(name)}: yes → no`),
        ...only(after, before).map((name) => `shared with ${named(name)}: no → yes`),
      ];
    },
    apply: async (target, member, before) => {
      const { strangers } = await read(api, target, member);
      const all = pieces(before.strangers, api.atOnce);
      const due = rest(strangers, all, (done) => all.slice(done));
      if (!due) throw new BeforeStateChanged(`whom ${called(target)} is shared with changed since it was read`);
      for (const names of due) await api.change(target.id, member, 'remove', names);
    },
    verify: ({ strangers }) =>
      strangers.length === 0
        ? { safe: true }
        : { safe: false, why: `still shared with ${strangers.slice(0, 5).map(named).join(', ')}` },
    undo: async (target, member, before) => {
      const { strangers } = await read(api, target, member);
      const all = pieces(before.strangers, api.atOnce);
      const due = rest(strangers, all, (done) => all.slice(0, done));
      if (!due) throw new Drift(`somebody shared ${called(target)} with others after us: decide by hand`);
      for (const names of due) await share(api, target, member, names);
    },
  };
}
