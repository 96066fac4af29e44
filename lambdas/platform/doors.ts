import type { Event } from '@aws-sdk/client-cloudtrail';
import { z } from 'zod';
import { type Target, targetKey, targetKinds, target as targetSchema } from '../core/target.ts';
import type { Foothold } from './action.ts';

const text = z.string().optional().catch(undefined);
const part = <T extends z.ZodRawShape>(shape: T) => z.object(shape).nullish().catch(undefined);

/** What we read of a CloudTrail record; everything in it may have been chosen by the attacker. */
const record = z.object({
  eventName: z.string(),
  eventTime: z.iso.datetime(),
  errorCode: text,
  userIdentity: part({ type: text, userName: text }),
  requestParameters: part({ roleArn: text, roleSessionName: text, userName: text, roleName: text }),
  responseElements: part({
    accessKey: part({ accessKeyId: text, userName: text }),
    credentials: part({ accessKeyId: text }),
  }),
});

/** What the events of a credential or principal open beyond itself. */
export interface Doors {
  footholds: Foothold[];
  /** temporary keys that the events minted */
  minted: string[];
  /** roles of other accounts, which nobody contains from here */
  outOfReach: string[];
  /** what is worth a person's look and needs no containment of its own */
  mentions: string[];
  unreadable: number;
}

/** Reads the successful events of a leaked key or of a principal (or of a session minted with either) for further doors. Pure. */
export function doorsIn(events: readonly Event[], leaked: Target): Doors {
  const doors: Doors = { footholds: [], minted: [], outOfReach: [], mentions: [], unreadable: 0 };
  for (const { CloudTrailEvent } of events) {
    const parsed = record.safeParse(jsonOf(CloudTrailEvent));
    if (!parsed.success) doors.unreadable += 1;
    else if (parsed.data.errorCode === undefined) open(parsed.data, leaked, doors);
  }
  doors.footholds = unique(doors.footholds);
  for (const list of [doors.minted, doors.outOfReach, doors.mentions]) list.splice(0, list.length, ...new Set(list));
  return doors;
}

/** Several doors to one target are one, and all of how it was made is said. */
export function unique(footholds: Doors['footholds']): Doors['footholds'] {
  const byTarget = new Map<string, Doors['footholds'][number]>();
  for (const { target, how, at } of footholds) {
    const known = byTarget.get(targetKey(target));
    const hows = known ? new Set([...known.how.split('; '), ...how.split('; ')]) : new Set([how]);
    const latest = [at, known?.at ?? at].sort().at(-1) ?? at;
    byTarget.set(targetKey(target), { target, how: [...hows].sort().join('; '), at: latest });
  }
  return [...byTarget.values()];
}

function open(event: z.infer<typeof record>, leaked: Target, doors: Doors): void {
  const { eventName, eventTime, requestParameters: asked, responseElements: given } = event;
  const session = given?.credentials?.accessKeyId;
  if (session?.startsWith('ASIA')) doors.minted.push(session);
  if (eventName === 'CreateAccessKey') {
    const user = given?.accessKey?.userName ?? asked?.userName;
    const how = `made for user ${user ?? '(unknown)'} at ${eventTime} ${by(leaked)}`;
    foothold('iam-access-key', given?.accessKey?.accessKeyId, { how, at: eventTime }, leaked, doors);
    // sessions minted with a key of somebody else are that user's: denying the leaked key's owner does not reach them
    if (user !== undefined && user !== event.userIdentity?.userName)
      foothold('iam-user', user, { how: `has a key ${how}`, at: eventTime }, leaked, doors);
  } else if (/^AssumeRole/.test(eventName)) assumed(event, leaked, doors);
  else if (/^Get(?:Session|Federation)Token$/.test(eventName))
    doors.mentions.push(`${eventName} at ${eventTime} (${endOf(leaked)})`);
  else if (eventName === 'CreateUser' || eventName === 'CreateLoginProfile')
    doors.mentions.push(`${eventName} for user ${asked?.userName ?? '(unknown)'} at ${eventTime}`);
  else if (eventName === 'UpdateAssumeRolePolicy')
    doors.mentions.push(`${eventName} for role ${asked?.roleName ?? '(unknown)'} at ${eventTime}`);
}

/** What ends the sessions that GetSessionToken and GetFederationToken gave. */
const endOf = ({ kind }: Target): string =>
  kind === 'root-user' ? 'ended by denying the root user' : "ended by denying the user's sessions once the key is off";

/** `with` a key, `by` whoever else; the root user's id says nothing. */
function by({ kind, id }: Target): string {
  if (kind === 'iam-access-key') return `with ${id}`;
  return kind === 'root-user' ? 'by the root user' : `by ${targetKinds[kind].noun} ${id}`;
}

function assumed({ eventTime, requestParameters: asked }: z.infer<typeof record>, leaked: Target, doors: Doors): void {
  const arn = asked?.roleArn ?? '';
  const account = arn.split(':')[4];
  if (account !== leaked.account) {
    doors.outOfReach.push(`role ${arn || '(unknown)'}, assumed at ${eventTime}`);
    return;
  }
  const how = `assumed as session ${asked?.roleSessionName ?? '(unnamed)'} at ${eventTime} ${by(leaked)}`;
  foothold('iam-role', arn.split('/').at(-1), { how, at: eventTime }, leaked, doors);
}

function foothold(
  kind: Target['kind'],
  id: string | undefined,
  seen: Pick<Foothold, 'how' | 'at'>,
  leaked: Target,
  doors: Doors,
): void {
  const made = targetSchema.safeParse({ kind, id, account: leaked.account, region: leaked.region });
  if (made.success) doors.footholds.push({ target: made.data, ...seen });
  else doors.unreadable += 1;
}

function jsonOf(given: string | undefined): unknown {
  try {
    return JSON.parse(given ?? '');
  } catch {
    return undefined;
  }
}
