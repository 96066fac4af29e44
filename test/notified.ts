import { seedMailAccount } from '../drills/aws/sesv2-account.ts';
import type { World } from '../drills/aws/world.ts';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import { stored } from '../drills/engine/report.ts';
import { uploadRecipients } from '../drills/engine/uploader.ts';
import type { ApprovalRequest } from '../lambdas/core/approval.ts';
import type { JsonObject } from '../lambdas/core/json.ts';
import type { Notice } from '../lambdas/core/notice.ts';
import type { Person } from '../lambdas/core/settings.ts';
import { records } from '../lambdas/platform/records.ts';
import { approvals, region, rehearse, settings, ticks } from './arrivals.ts';
import { approves, decisionOn, finding, inMode, leakingBucket, say, theCase } from './rehearsed.ts';

const [entity] = settings.entities;
if (!entity?.privacyOfficer || !entity.counsel)
  throw new Error('the example settings name a privacy officer and counsel');
export const officer: Person = entity.privacyOfficer;
export const counsel: Person = entity.counsel;

/** What must be found in the case bucket and in mail to that person, and nowhere else. */
export const canaries = {
  name: 'Canaria Testvogel',
  email: 'canaria.testvogel@patients.example',
  street: '77 Canary Lane',
  wrote: 'CANARY-SENTENCE the nurse saw it first',
};

export const individual = { regime: 'us-hipaa-individual', obligation: 'individual' };
export const media = { regime: 'us-hipaa-media', obligation: 'media' };
export const portal = { regime: 'us-hipaa-hhs-500plus', obligation: 'hhs_large' };

export const sender = {
  organization: 'Northwind Clinic',
  signedBy: 'Dana Whitfield, Privacy Officer',
  address: ['1 Harbor Way', 'Seattle, WA 98101'],
  tollFree: '1-800-555-0100',
};

/** A complete text for individuals and for the press. */
export const words = (more: JsonObject = {}): JsonObject => ({
  elements: {
    'what-happened': `On November 19, 2026, a storage area was open to the internet. We found out on November 20, 2026. ${canaries.wrote}.`,
    'what-data': 'Your name, date of birth and diagnosis.',
    'what-to-do': 'Watch the letters from your insurer. Call us if something looks wrong.',
    'what-we-do': 'We closed the storage area. We are checking all others.',
    contact: 'Call 1-800-555-0100 or write to 1 Harbor Way, Seattle, WA 98101.',
  },
  sender,
  ...more,
});

const header =
  'name,email,email_consent,address_line1,address_line2,city,state,zip,country,phone,language,deceased,representative';
const row = (name: string, email: string, consent: 'yes' | 'no', street = '1 Main St') =>
  `${name},${email},${consent},${street},,Seattle,WA,98101,,,,,`;

/** Everybody agreed to e-mail. */
export const byMail = [
  header,
  row(canaries.name, canaries.email, 'yes', canaries.street),
  row('Ada Example', 'ada@patients.example', 'yes'),
  row('Bo Example', 'bo@patients.example', 'yes'),
];
/** One of them did not. */
export const withLetter = [...byMail, row('Cy Example', '', 'no')];

/** The clinic's open bucket, and an account that SES lets send to anybody, so many in a day. */
export const leakingWithMail =
  (daily = 50_000) =>
  (world: World): void => {
    leakingBucket(world);
    seedMailAccount(world.account(settings.accounts.response), { region, production: true, quota: [daily, 14] });
  };

/** A contained case whose clocks run. */
export async function caseOf(
  arranged: Parameters<typeof rehearse>[0] = {},
): Promise<{ drill: Rehearsal; incident: string }> {
  const drill = await rehearse({ seed: leakingWithMail(), settings: inMode('contain-suspected'), ...arranged });
  drill.deliver(finding());
  await drill.settle();
  return { drill, incident: theCase(drill).id };
}

/** Puts a file into the case bucket, as the privacy officer does by their own right. */
export async function upload(
  drill: Rehearsal,
  incident: string,
  lines: string[],
  file = '2026-11-20.csv',
): Promise<string> {
  return uploadRecipients(drill, incident, file, `${lines.join('\n')}\n`);
}

interface Drafted {
  of?: { regime: string; obligation: string };
  text?: JsonObject;
  people?: string[];
  file?: string;
  person?: Pick<Person, 'principal'>;
}

export async function drafts(
  drill: Rehearsal,
  incident: string,
  { of = individual, text = words(), people, file, person = officer }: Drafted = {},
) {
  const recipients: JsonObject = people ? { recipients: await upload(drill, incident, people, file) } : {};
  return say(drill, person, { decision: 'draft', incident, ...of, text, reason: 'the first draft', ...recipients });
}

export const sends = (drill: Rehearsal, incident: string, of = individual, draft = 1, person = officer) =>
  say(drill, person, { decision: 'send', incident, ...of, draft, reason: 'it is complete' });

export const notices = (drill: Rehearsal): Notice[] => stored(drill, /^INCIDENT#/, 'NOTICE#', records.notice);
export const noticeNow = (drill: Rehearsal, of = individual): Notice | undefined =>
  notices(drill).find((n) => n.regime === of.regime && n.obligation === of.obligation);
export const questions = (drill: Rehearsal): ApprovalRequest[] =>
  approvals(drill).filter((a) => a.subject.kind === 'notice');

/** Drill time runs until somebody is asked about a notice and has not answered; gives the question. */
export async function asked(drill: Rehearsal, who: 'officer' | 'counsel'): Promise<ApprovalRequest> {
  const open = () => questions(drill).find((q) => q.id.endsWith(`-${who}`) && q.told > 0 && !q.outcome);
  await drill.settle(() => open() !== undefined || drill.idle());
  const found = open();
  if (!found) throw new Error(`${who} is not asked: ${noticeNow(drill)?.state} ${noticeNow(drill)?.problem ?? ''}`);
  return found;
}

/** Both approve; drill time runs until nothing is going on. */
export async function bothApprove(drill: Rehearsal): Promise<void> {
  await approves(drill, officer, await asked(drill, 'officer'));
  await approves(drill, counsel, await asked(drill, 'counsel'));
  await drill.settle();
}

export { approves, decisionOn, ticks };

/** Mail to patients: what left by the configuration set of notices. */
export const toPatients = (drill: Rehearsal) =>
  drill.deployment.outbox.mailed.filter((m) => m.to.some((to) => to.endsWith('@patients.example')));
