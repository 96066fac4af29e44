import {
  type AdvancedEventSelector,
  CloudTrailClient,
  DescribeTrailsCommand,
  type EventSelector,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  PutEventSelectorsCommand,
  type Trail,
} from '@aws-sdk/client-cloudtrail';
import { TargetForeign } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import { type Target, targetArn } from '../core/target.ts';
import type { Member } from './action.ts';

/** The trail of this name whose home is the target's Region, or undefined. Throws TargetForeign for an organization's trail of another account. */
export async function trailOf(target: Target, member: Member): Promise<Trail | undefined> {
  const input = { trailNameList: [targetArn(target, member.partition)], includeShadowTrails: false };
  const { trailList = [] } = await member.client(CloudTrailClient).send(new DescribeTrailsCommand(input));
  if (trailList[0]) return trailList[0];
  // an organization's trail shows in every member account under the name it has, with the ARN of the account that owns it
  const named = { trailNameList: [target.id] };
  const others = await member.client(CloudTrailClient).send(new DescribeTrailsCommand(named));
  const owner = others.trailList?.[0]?.TrailARN?.split(':')[4] ?? target.account;
  if (owner !== target.account)
    throw new TargetForeign(
      `trail ${target.id} is the organization's and belongs to account ${owner}: start or change it there`,
    );
  return undefined;
}

/** Whether a trail is on, and the S3 error code of its last delivery; null where that succeeded or none was tried. */
export async function statusOf(
  arn: string,
  member: Member,
): Promise<{ logging: boolean; deliveryError: string | null }> {
  const status = await member.client(CloudTrailClient).send(new GetTrailStatusCommand({ Name: arn }));
  const error = status.LatestDeliveryError;
  const code = error && (/^\w{1,64}$/.test(error) ? error : 'an error that is no plain code');
  return { logging: status.IsLogging ?? false, deliveryError: code || null };
}

/** What a trail records, in the form of PutEventSelectors: selectors of one form or the other. */
export type Selectors = { event: Json[]; advanced: Json[] };

/** What CloudTrail gives a new trail. */
export const defaultSelectors: Selectors = {
  event: [
    { ReadWriteType: 'All', IncludeManagementEvents: true, DataResources: [], ExcludeManagementEventSources: [] },
  ],
  advanced: [],
};

export async function selectorsOf(arn: string, member: Member): Promise<Selectors> {
  const got = await member.client(CloudTrailClient).send(new GetEventSelectorsCommand({ TrailName: arn }));
  const plain = (list: object[] = []) => JSON.parse(JSON.stringify(list)) as Json[];
  return { event: plain(got.EventSelectors), advanced: plain(got.AdvancedEventSelectors) };
}

/** Replaces them all, as the API does. */
export async function putSelectors(arn: string, member: Member, { event, advanced }: Selectors): Promise<void> {
  const chosen =
    advanced.length > 0
      ? { AdvancedEventSelectors: advanced as unknown as AdvancedEventSelector[] }
      : { EventSelectors: event as unknown as EventSelector[] };
  await member.client(CloudTrailClient).send(new PutEventSelectorsCommand({ TrailName: arn, ...chosen }));
}

/** A prefix in a bucket may be the beginning of an object key, which may name a patient: it is in the state for undo, and never shown. */
const withoutKey = (text: string) => text.replace(/(arn:[^:]*:s3:::[^/]*\/).+/s, '$1…');

/** One line for each thing that is recorded, for people; of an S3 object the bucket only. */
export function selectorLines({ event, advanced }: Selectors): string[] {
  const classic = (event as unknown as EventSelector[]).flatMap((s) => [
    ...(s.IncludeManagementEvents ? [`management events (${s.ReadWriteType ?? 'All'})`] : []),
    ...(s.ExcludeManagementEventSources ?? []).map((source) => `without ${source}`),
    ...(s.DataResources ?? []).map(
      (d) => `data events of ${(d.Values ?? []).map(withoutKey).join(' and ')} (${s.ReadWriteType})`,
    ),
  ]);
  const shown = (_name: string, value: unknown) => (typeof value === 'string' ? withoutKey(value) : value);
  const fields = (s: AdvancedEventSelector) =>
    (s.FieldSelectors ?? []).map(({ Field, ...operators }) => `${Field} ${JSON.stringify(operators, shown)}`).join(' ');
  return [...classic, ...(advanced as unknown as AdvancedEventSelector[]).map(fields)];
}

/** The trails of this account whose home is the member's Region. */
export async function trailsHere(member: Member): Promise<Target[]> {
  const { trailList = [] } = await member
    .client(CloudTrailClient)
    .send(new DescribeTrailsCommand({ includeShadowTrails: false }));
  return trailList.flatMap(({ Name: id = '', TrailARN = '' }) =>
    TrailARN.split(':')[4] === member.account
      ? [{ kind: 'cloudtrail-trail', id, account: member.account, region: member.region } as const]
      : [],
  );
}
