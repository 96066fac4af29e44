import { CloudTrailClient, paginateLookupEvents } from '@aws-sdk/client-cloudtrail';
import {
  EC2Client,
  GetImageBlockPublicAccessStateCommand,
  GetSnapshotBlockPublicAccessStateCommand,
} from '@aws-sdk/client-ec2';
import type { Temporal } from 'temporal-polyfill';
import { canonical } from '../../core/json.ts';
import { type Target, targetKey, target as targetSchema } from '../../core/target.ts';
import type { Collector, Foothold, Member } from '../../platform/action.ts';
import { isAnswer, isCode } from '../../platform/aws-error.ts';
import { named } from '../../platform/sharing.ts';
import { type Shareable, shareables } from './listing.ts';

/** Reading whom a thing is shared with is one call for each: more of one kind than this are not looked at, and the coverage says so. */
const most = 1000;
const sideBySide = 10;

/** What EBS logs in the owner's account when another account takes a shared snapshot (EBS user guide). The copy cannot be called back. */
const taken = ['SharedSnapshotCopyInitiated', 'SharedSnapshotVolumeCreated'];

interface Found {
  kind: Shareable['kind'];
  id: string;
  strangers: string[];
}

/** What strangers can use of one kind; `notes` gets what could not be seen. */
async function sharedOf(of: Shareable, member: Member, notes: string[]): Promise<Found[]> {
  try {
    const all = await of.list(member);
    if (all.length > most) notes.push(`${of.noun}: only ${most} of ${all.length} were looked at`);
    const found: Found[] = [];
    for (let from = 0; from < Math.min(all.length, most); from += sideBySide) {
      const ids = all.slice(from, Math.min(from + sideBySide, most));
      found.push(...(await Promise.all(ids.map((id) => strangersOf(of, id, member)))));
    }
    return found.filter(({ strangers }) => strangers.length > 0);
  } catch (error) {
    if (!isAnswer(error)) throw error;
    notes.push(`${of.noun} could not be read: ${error.name}`);
    return [];
  }
}

async function strangersOf({ kind, api }: Shareable, id: string, member: Member): Promise<Found> {
  try {
    const names = await api.read(id, member);
    return { kind, id, strangers: names.filter((name) => !member.ours.includes(name)).sort() };
  } catch (error) {
    // deleted since it was listed
    if (isCode(error, api.missing)) return { kind, id, strangers: [] };
    throw error;
  }
}

async function takings(member: Member, since: Temporal.Instant, notes: string[]): Promise<unknown[]> {
  const client = member.client(CloudTrailClient);
  const events: unknown[] = [];
  try {
    for (const AttributeValue of taken) {
      const LookupAttributes = [{ AttributeKey: 'EventName' as const, AttributeValue }];
      const input = { LookupAttributes, StartTime: new Date(since.epochMilliseconds) };
      for await (const { Events = [] } of paginateLookupEvents({ client }, input))
        events.push(...Events.map(({ CloudTrailEvent }) => CloudTrailEvent ?? ''));
    }
  } catch (error) {
    if (!isAnswer(error)) throw error;
    notes.push(`who took a shared snapshot could not be looked up: ${error.name}`);
  }
  return events;
}

async function unblocked(member: Member, notes: string[]): Promise<string[]> {
  const ec2 = member.client(EC2Client);
  try {
    const [snapshots, images] = await Promise.all([
      ec2.send(new GetSnapshotBlockPublicAccessStateCommand({})),
      ec2.send(new GetImageBlockPublicAccessStateCommand({})),
    ]);
    return [
      ...(snapshots.State === 'block-all-sharing' ? [] : ['snapshots']),
      ...(images.ImageBlockPublicAccessState === 'block-new-sharing' ? [] : ['images']),
    ];
  } catch (error) {
    if (!isAnswer(error)) throw error;
    notes.push(`the blocks of public sharing could not be read: ${error.name}`);
    return [];
  }
}

/** Kinds that the blocks of a Region protect; those of RDS have none. */
const blockable: readonly Target['kind'][] = ['ebs-snapshot', 'machine-image', 'aws-account'];

function footholdsOf(of: Target, member: Member, found: Found[], open: string[]): Foothold[] {
  const at = member.now().toString();
  const { account, region } = of;
  const doors: { target: Target; how: string }[] = found.map(({ kind, id, strangers }) => ({
    target: { kind, id, account, region },
    how: `shared with ${strangers.slice(0, 5).map(named).join(', ')}${strangers.length > 5 ? ' and others' : ''}`,
  }));
  if (open.length > 0 && blockable.includes(of.kind))
    doors.push({
      target: { kind: 'account-region', id: region, account, region },
      how: `public sharing of ${open.join(' and ')} is not blocked in ${region}`,
    });
  return doors
    .filter((door) => targetKey(door.target) !== targetKey(of) && targetSchema.safeParse(door.target).success)
    .map((door) => ({ ...door, at }));
}

function summary(region: string, found: Found[], events: unknown[]): string {
  const counts = shareables.map(({ kind, noun }) => {
    const own = found.filter((f) => f.kind === kind);
    const open = own.filter(({ strangers }) => strangers.includes('all')).length;
    return `${own.length} ${noun}${open > 0 ? ` (${open} public)` : ''}`;
  });
  return `Shared with strangers in ${region}: ${counts.join(', ')}; ${events.length === 0 ? 'no log entry of' : `${events.length} log ${events.length === 1 ? 'entry' : 'entries'} of`} another account taking an EBS snapshot.`;
}

/** Everything of the account in this Region that strangers can use. What a finding about the account does not name is found here. */
const collector: Collector = {
  async collect(target, member, since) {
    const notes: string[] = [];
    const found: Found[] = [];
    for (const one of shareables) found.push(...(await sharedOf(one, member, notes)));
    const [events, open] = await Promise.all([takings(member, since, notes), unblocked(member, notes)]);
    const body = { account: target.account, region: target.region, shared: found, notBlocked: open, taken: events };
    return {
      body: new TextEncoder().encode(canonical(body)),
      contentType: 'application/json',
      summary: summary(target.region, found, events),
      coverage: {
        level: notes.length === 0 ? 'complete' : 'partial',
        notes: [...notes, `only ${target.region} was looked at; RDS logs nothing here when a snapshot is taken`],
        from: since.toString(),
        to: member.now().toString(),
      },
      footholds: footholdsOf(target, member, found, open),
    };
  },
};
export default collector;
