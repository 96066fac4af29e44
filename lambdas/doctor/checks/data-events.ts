import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  type GetEventSelectorsCommandOutput,
  GetTrailStatusCommand,
  type Trail,
} from '@aws-sdk/client-cloudtrail';
import { paginateListBuckets, S3Client } from '@aws-sdk/client-s3';
import type { Member } from '../../platform/action.ts';
import { type Check, everywhere, type Line, mayHoldPatientData, missing, ok } from '../check.ts';
import manifest from './data-events.json' with { type: 'json' };

const cost =
  'who read which record cannot be told: every patient in the bucket counts as reached and has to be notified';

/**
 * The beginnings of object ARNs whose reads and writes a trail records. A selector that is narrowed by anything else (read or write
 * only, event names, exclusions) is taken for none: it leaves gaps.
 */
export function recorded({
  EventSelectors = [],
  AdvancedEventSelectors = [],
}: Partial<GetEventSelectorsCommandOutput>) {
  const basic = EventSelectors.filter((s) => (s.ReadWriteType ?? 'All') === 'All')
    .flatMap((s) => s.DataResources ?? [])
    .flatMap((d) => (d.Type === 'AWS::S3::Object' ? (d.Values ?? []) : []));
  const advanced = AdvancedEventSelectors.flatMap(({ FieldSelectors = [] }) => {
    const by = new Map(FieldSelectors.map((field) => [field.Field, field]));
    const arn = by.get('resources.ARN');
    const whole = [...by.keys()].every((f) => ['eventCategory', 'resources.type', 'resources.ARN'].includes(f ?? ''));
    if (!whole || !by.get('resources.type')?.Equals?.includes('AWS::S3::Object')) return [];
    if (!arn) return [''];
    return Object.keys(arn).every((name) => ['Field', 'StartsWith'].includes(name)) ? (arn.StartsWith ?? []) : [];
  });
  return [...basic, ...advanced];
}

interface Recorded {
  prefixes: string[];
  /** a trail of this account, whose selectors can be extended */
  trail: { name: string; region: string } | undefined;
}

/** What the trails that log in this Region record, together. An organization's trail answers as the account's own do. */
async function recordedIn(member: Member, region: string): Promise<Recorded> {
  const { trailList = [] } = await member.client(CloudTrailClient, region).send(new DescribeTrailsCommand({}));
  const by = async ({ TrailARN, HomeRegion = region }: Trail) => {
    const client = member.client(CloudTrailClient, HomeRegion);
    const { IsLogging } = await client.send(new GetTrailStatusCommand({ Name: TrailARN }));
    return IsLogging ? recorded(await client.send(new GetEventSelectorsCommand({ TrailName: TrailARN }))) : [];
  };
  const own = trailList.find(({ TrailARN }) => TrailARN?.split(':')[4] === member.account);
  return {
    prefixes: (await Promise.all(trailList.map(by))).flat(),
    trail: own && { name: own.Name ?? '', region: own.HomeRegion ?? region },
  };
}

async function bucketsIn(member: Member, region: string): Promise<string[]> {
  const names: string[] = [];
  // with a page size the answer names each bucket's Region
  const pages = paginateListBuckets({ client: member.client(S3Client), pageSize: 1000 }, {});
  for await (const { Buckets = [] } of pages)
    for (const { Name, BucketRegion } of Buckets) if (Name && BucketRegion === region) names.push(Name);
  return names;
}

/** PutEventSelectors replaces them all, so what is there is looked at first. */
function mending(trail: Recorded['trail'], region: string): string {
  const on = `--trail-name ${trail?.name ?? '<a new trail>'} --region ${trail?.region ?? region}`;
  const selector =
    '[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]},{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]}]}]';
  const put = `aws cloudtrail put-event-selectors ${on} --advanced-event-selectors '${selector}'`;
  return trail ? `${put} (it replaces what aws cloudtrail get-event-selectors ${on} shows)` : put;
}

function line(at: string, without: string[], count: number, command: string): Line {
  if (without.length === 0) return ok(`${at}: reads and writes of objects are recorded in all ${count} buckets`);
  const shown = without.slice(0, 5).join(', ') + (without.length > 5 ? ` and ${without.length - 5} more` : '');
  return missing(`${at}: reads and writes of objects are not recorded in ${shown}`, { cost, command });
}

/** Wherever patient data may be, each bucket's reads and writes of objects are in a trail that logs now. */
const check: Check = {
  ...manifest,
  examine: (ground) =>
    everywhere(
      ground,
      mayHoldPatientData,
      ({ region }) => ({ cost, command: `aws cloudtrail describe-trails --region ${region}` }),
      async (member, { at, region }) => {
        const [buckets, found] = await Promise.all([bucketsIn(member, region), recordedIn(member, region)]);
        const covered = (name: string) =>
          found.prefixes.some((prefix) => `arn:${member.partition}:s3:::${name}/`.startsWith(prefix));
        const without = buckets.filter((name) => !covered(name));
        return line(at, without, buckets.length, mending(found.trail, region));
      },
    ),
};
export default check;
