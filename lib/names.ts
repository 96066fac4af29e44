import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { Settings } from '../lambdas/core/settings.ts';

/**
 * The physical names of what is deployed. They are fixed, because policies of three accounts name each other's resources
 * before they exist, and because the drill and the runbook know a thing by its name.
 */
export interface Names {
  partition: string;
  region: string;
  response: string;
  forensic: string;
  table: string;
  caseBucket: string;
  vault: string;
  topic: string;
  alarmTopic: string;
  mailConfigurationSet: string;
  /** of notices to people who are owed one: its events go into the ledger, its reputation is apart from the pages' */
  noticeConfigurationSet: string;
  mailDomain: string;
  observerRole: string;
  responderRole: string;
  /** the same two in the management account */
  organizationsObserverRole: string;
  organizationsResponderRole: string;
  /** not a secret: it says on whose behalf a role is assumed, against the confused deputy */
  externalId: string;
}

/** Every resource of ours begins with this. */
export const prefix = 'tourniquet';

export function namesOf(settings: Settings): Names {
  const { response, forensic } = settings.accounts;
  const region = settings.homeRegion;
  return {
    partition: RegionInfo.get(region).partition ?? 'aws',
    region,
    response,
    forensic,
    table: `${prefix}-records`,
    caseBucket: `${prefix}-cases-${response}-${region}`,
    vault: `${prefix}-vault-${forensic}-${region}`,
    topic: `${prefix}-pages`,
    alarmTopic: `${prefix}-alarms`,
    mailConfigurationSet: `${prefix}-mail`,
    noticeConfigurationSet: `${prefix}-notices`,
    mailDomain: settings.mail.from.slice(settings.mail.from.lastIndexOf('@') + 1),
    observerRole: `${prefix}-observer`,
    responderRole: `${prefix}-responder`,
    organizationsObserverRole: `${prefix}-organizations-observer`,
    organizationsResponderRole: `${prefix}-organizations-responder`,
    externalId: `${prefix}-${response}`,
  };
}

/** The bucket that holds the server access logs of another. */
export function accessLogsOf(bucket: string): string {
  return bucket.replace(`${prefix}-`, `${prefix}-access-`);
}

/** The role of one function, as trust, key and bucket policies of the other accounts name it. */
export function functionRoleArn(names: Names, functionName: string): string {
  return `arn:${names.partition}:iam::${names.response}:role/${prefix}-${functionName}`;
}

/** An ARN in the response account and home Region. */
export function responseArn(names: Names, service: string, resource: string): string {
  return `arn:${names.partition}:${service}:${names.region}:${names.response}:${resource}`;
}
