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

/** A configured trail. */
export interface Trail {
  name: string;
  arn: string;
  homeRegion: string;
  multiRegion: boolean;
  bucket: string;
  logging: boolean;
  loggingSince: Temporal.Instant;
  /** data events recorded, as DataResources of a classic event selector */
  dataResources: { Type: string; Values: string[] }[];
}

export interface TrailSeed {
  name: string;
  homeRegion: string;
  bucket: string;
  multiRegion?: boolean;
  logging?: boolean;
  loggingSince?: Temporal.Instant;
  dataResources?: { Type: string; Values: string[] }[];
}
