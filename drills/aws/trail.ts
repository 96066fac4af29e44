import type { Temporal } from 'temporal-polyfill';
import type { Json } from '../../lambdas/core/json.ts';

/** A management event as CloudTrail records it. */
export interface CloudTrailEvent {
  eventId: string;
  eventTime: Temporal.Instant;
  /** LookupEvents shows the event from then on */
  visibleAt: Temporal.Instant;
  eventSource: string;
  eventName: string;
  awsRegion: string;
  sourceIPAddress: string;
  userIdentity: { [key: string]: Json };
  /** the Username of LookupEvents: user name, role session name or `root` */
  username?: string;
  accessKeyId?: string;
  readOnly: boolean;
  errorCode?: string;
  requestParameters: Json;
  responseElements: Json;
  resources: { type: string; name: string }[];
}

/** A seeded event: what is absent gets a harmless default. */
export type EventSeed = Pick<CloudTrailEvent, 'eventSource' | 'eventName'> & Partial<CloudTrailEvent>;

/** A classic event selector, complete: GetEventSelectors shows every field. */
export interface EventSelector {
  ReadWriteType: string;
  IncludeManagementEvents: boolean;
  DataResources: { Type: string; Values: string[] }[];
  ExcludeManagementEventSources: string[];
}

/** An advanced event selector as it was put. */
export interface AdvancedSelector {
  Name?: string;
  FieldSelectors: { Field: string; [operator: string]: string | string[] }[];
}

/** What a trail records: selectors of one form or of the other, never both. */
export interface Selectors {
  event: EventSelector[];
  advanced: AdvancedSelector[];
}

/** A configured trail. */
export interface Trail {
  name: string;
  arn: string;
  homeRegion: string;
  multiRegion: boolean;
  organization: boolean;
  bucket: string;
  prefix: string | undefined;
  topic: string | undefined;
  globalEvents: boolean;
  validation: boolean;
  logGroup: string | undefined;
  logsRole: string | undefined;
  kmsKey: string | undefined;
  logging: boolean;
  loggingSince: Temporal.Instant;
  selectors: Selectors;
}

export interface TrailSeed {
  name: string;
  homeRegion: string;
  bucket: string;
  multiRegion?: boolean;
  organization?: boolean;
  prefix?: string;
  topic?: string;
  globalEvents?: boolean;
  validation?: boolean;
  logGroup?: string;
  logsRole?: string;
  kmsKey?: string;
  logging?: boolean;
  loggingSince?: Temporal.Instant;
  /** of the one classic event selector */
  dataResources?: { Type: string; Values: string[] }[];
  advanced?: AdvancedSelector[];
}

/** What CloudTrail gives a new trail: all management events, no data events. */
export const defaultSelector = (DataResources: EventSelector['DataResources'] = []): EventSelector => ({
  ReadWriteType: 'All',
  IncludeManagementEvents: true,
  DataResources,
  ExcludeManagementEventSources: [],
});

export function newTrail(account: string, seed: TrailSeed, now: Temporal.Instant): Trail {
  return {
    name: seed.name,
    arn: `arn:aws:cloudtrail:${seed.homeRegion}:${account}:trail/${seed.name}`,
    homeRegion: seed.homeRegion,
    multiRegion: seed.multiRegion ?? true,
    organization: seed.organization ?? false,
    bucket: seed.bucket,
    prefix: seed.prefix,
    topic: seed.topic,
    globalEvents: seed.globalEvents ?? true,
    validation: seed.validation ?? true,
    logGroup: seed.logGroup,
    logsRole: seed.logsRole,
    kmsKey: seed.kmsKey,
    logging: seed.logging ?? true,
    loggingSince: seed.loggingSince ?? now,
    selectors: seed.advanced
      ? { event: [], advanced: structuredClone(seed.advanced) }
      : { event: [defaultSelector(structuredClone(seed.dataResources ?? []))], advanced: [] },
  };
}

/** What a whole-account comparison sees of a trail: no times. */
export function storedTrail({ loggingSince: _, ...trail }: Trail): Json {
  return JSON.parse(JSON.stringify(trail)) as Json;
}
