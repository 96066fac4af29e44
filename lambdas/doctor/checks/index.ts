import type { Check } from '../check.ts';
import approvers from './approvers.ts';
import baselines from './baselines.ts';
import concurrency from './concurrency.ts';
import dataEvents from './data-events.ts';
import guardduty from './guardduty.ts';
import keys from './keys.ts';
import macie from './macie.ts';
import mail from './mail.ts';
import notices from './notices.ts';
import roles from './roles.ts';

/** In the order of an incident: seen, stopped, decided, told, kept. */
export const checks: readonly Check[] = [
  guardduty,
  macie,
  roles,
  concurrency,
  approvers,
  notices,
  mail,
  dataEvents,
  baselines,
  keys,
];
