import { SendTaskSuccessCommand, SFNClient } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { decisionRefusal, subjectText } from '../core/approval.ts';
import { changeRef, mayBeInForce } from '../core/change.ts';
import { Refused } from '../core/errors.ts';
import { inert } from '../core/inert.ts';
import { factsChange } from '../core/learning.ts';
import { recoveryOf } from '../core/manifest.ts';
import type { Person } from '../core/settings.ts';
import { amendIncident, listOf, retried } from '../platform/incidents.ts';
import { at, inMinutes, start } from '../platform/plans.ts';
import { type Platform, variable } from '../platform/platform.ts';
import { keys, records } from '../platform/records.ts';
import { Table } from '../platform/table.ts';
import { named } from '../platform/tell.ts';
import { changesIn } from './case.ts';
import { draftedWords } from './notice-stop.ts';
import { draftWords } from './notices.ts';

const reason = z.string().trim().min(3, 'say why, in at least three letters').max(2000);
const incident = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/, 'a case id: 26 letters and digits');
const ofApproval = { incident, approval: z.string(), hash: z.string(), reason, typed: z.string().optional() };

/** A person of the settings, and the identity that the authorizer named. */
export type SignedIn = Person & { signedInAs: string };

/** What a person may say. */
export const request = z.discriminatedUnion('decision', [
  z.strictObject({ decision: z.literal('approve'), ...ofApproval }),
  z.strictObject({ decision: z.literal('decline'), ...ofApproval }),
  z.strictObject({
    decision: z.literal('restore'),
    incident,
    reason,
    /** which changes; all standing ones of the incident when left out */
    changes: z.array(changeRef).min(1).optional(),
  }),
  z.strictObject({ decision: z.literal('pause'), reason }),
  z.strictObject({ decision: z.literal('resume'), reason }),
  z.strictObject({ decision: z.literal('acknowledge'), incident, reason }),
  z.strictObject({ decision: z.literal('close'), incident, reason }),
  z.strictObject({ decision: z.literal('learn'), incident, reason, change: factsChange }),
  z.strictObject({ decision: z.literal('draft'), incident, reason, ...draftWords }),
  z.strictObject({ decision: z.literal('send'), incident, reason, ...draftedWords }),
  z.strictObject({ decision: z.literal('stop'), incident, reason, ...draftedWords }),
]);
export type Words = z.infer<typeof request>;
type Said<D extends Words['decision']> = Extract<Words, { decision: D }>;

/** Records an approval or a refusal, then wakes the machine, which reads this record. Throws Refused in words for the person. */
export async function decide(platform: Platform, person: SignedIn, said: Said<'approve' | 'decline'>) {
  const now = at(platform);
  let token: string | undefined;
  const record = records.decision.write({
    approval: said.approval,
    hash: said.hash,
    decision: said.decision,
    principal: person.principal,
    signedInAs: person.signedInAs,
    name: person.name,
    reason: said.reason,
    decidedAt: now,
  });
  const key = keys.decision(said.incident, said.approval, person.principal);
  await amendIncident(platform, said.incident, async (_head, table) => {
    const { item, asked } = await allowed(platform, table, person, said);
    token = asked.token;
    const what = subjectText(asked);
    return {
      writes: [
        { key, record },
        { key: item.key, unchanged: item.rev },
      ],
      timeline: [
        {
          event: now,
          kind: 'approval',
          by: person.name,
          text: `${person.name} ${said.decision === 'approve' ? 'approved' : 'declined'}: ${what}: ${inert(said.reason, 500)}`,
          about: key.sk,
        },
      ],
    };
  });
  if (token) await wake(platform, token);
  return { recorded: said.decision, at: now };
}

/** The approval that a person may decide on now, and its revision. Throws Refused in words otherwise. */
async function allowed(platform: Platform, table: Table, person: SignedIn, said: Said<'approve' | 'decline'>) {
  const item = await table.get(keys.approval(said.incident, said.approval));
  if (!item) throw new Refused(`case ${said.incident} asks for no approval ${inert(said.approval)}`);
  const asked = records.approval.read(item.record);
  const earlier = await listOf(table, said.incident, `DECISION#${said.approval}#`, records.decision);
  const typed = said.decision === 'approve' ? said.typed : asked.typed;
  const given = { principal: person.principal, signedInAs: person.signedInAs, hash: said.hash, typed };
  const refusal = decisionRefusal(asked, given, earlier, platform.now());
  if (refusal) throw new Refused(refusal);
  return { item, asked };
}

/** The callback says only "look again": its output is empty and nobody reads it. */
async function wake(platform: Platform, token: string): Promise<void> {
  try {
    await platform.client(SFNClient).send(new SendTaskSuccessCommand({ taskToken: token, output: '{}' }));
  } catch (error) {
    const gone = error instanceof Error && ['TaskTimedOut', 'TaskDoesNotExist'].includes(error.name);
    if (!gone) throw error;
  }
}

/**
 * Asks for an undo. It is checked, approved by others and done by the restore machine. What no restore puts back is left out, in words;
 * where it is all that was asked for, or cannot be undone and was named, the request is refused with those words.
 */
export async function restore(platform: Platform, person: SignedIn, said: Said<'restore'>) {
  const { asked, kept } = await restorable(platform, said);
  const id = platform.id();
  const record = records.restore.write({
    id,
    incident: said.incident,
    changes: asked,
    requester: person.principal,
    signedInAs: person.signedInAs,
    name: person.name,
    reason: said.reason,
    requestedAt: at(platform),
  });
  const changes = few(asked.map((c) => `${c.action} on ${named(c.target)}`));
  const keeping = kept.map((one) => `; kept: ${one}`).join('');
  await amendIncident(platform, said.incident, async () => ({
    // due: if the start below is lost, the tick makes up for it
    writes: [{ key: keys.restore(said.incident, id), record, due: inMinutes(platform, 1) }],
    timeline: [
      {
        event: at(platform),
        kind: 'change',
        by: person.name,
        text: `${person.name} asked to restore ${changes}: ${inert(said.reason, 500)}${keeping}`,
        about: keys.restore(said.incident, id).sk,
      },
    ],
  }));
  await start(platform, variable(platform, 'MACHINE_RESTORE'), `${said.incident}-r-${id}`, {
    incident: said.incident,
    request: id,
  });
  return { requested: id, approval: `restore-${id}`, kept };
}

/** What of the wanted changes can be put back, and why the others stay. Throws Refused where nothing can. */
async function restorable(platform: Platform, said: Said<'restore'>) {
  const { actions } = await platform.catalogue();
  const wanted = said.changes ?? (await standingChanges(platform, new Table(platform), said.incident));
  if (wanted.length === 0) throw new Refused(`no change of case ${said.incident} stands: there is nothing to restore`);
  const stays = wanted.flatMap((c) => {
    const why = recoveryOf(actions[c.action], c.target);
    const sentence = `${actions[c.action]?.title} (${named(c.target)}): ${why}`;
    return why === undefined ? [] : [{ c, sentence, final: actions[c.action]?.reversible === false }];
  });
  const kept = stays.map(({ sentence }) => sentence);
  const asked = wanted.filter((c) => !stays.some((s) => s.c === c));
  const final = stays.filter((s) => s.final).map(({ sentence }) => sentence);
  if (said.changes && final.length > 0) throw new Refused(`it cannot be undone: ${final.join('; ')}`);
  if (asked.length === 0) throw new Refused(`nothing is put back: ${kept.join('; ')}`);
  return { asked, kept };
}

/** The first of many, and how many more: the record of the request names all. */
function few(all: string[]): string {
  return all.length > 4 ? `${all.slice(0, 3).join(', ')} and ${all.length - 3} more changes` : all.join(', ');
}

async function standingChanges(platform: Platform, table: Table, incidentId: string) {
  const steps = await listOf(table, incidentId, 'STEP#', records.step);
  return (await changesIn(platform, incidentId, steps))
    .filter(mayBeInForce)
    .map(({ action, target: t, generation }) => ({ action, target: t, generation }));
}

/** Stops (or lets go on) every containment from the next write on, within seconds. */
export async function pauseAll(platform: Platform, person: SignedIn, said: Said<'pause' | 'resume'>) {
  const table = new Table(platform);
  return retried(async () => {
    const key = keys.setting('pause');
    const item = await table.get(key);
    const version = (item ? records.setting.read(item.record).version : 0) + 1;
    const now = at(platform);
    const value = { paused: said.decision === 'pause' };
    const record = records.setting.write({
      name: 'pause',
      version,
      value,
      by: person.name,
      reason: inert(said.reason, 500),
      at: now,
    });
    const history = keys.setting(`pause#${String(version).padStart(6, '0')}`);
    await table.write([
      { key, record, was: item?.rev },
      { key: history, record },
    ]);
    return { ...value, version, at: now };
  });
}

/** Takes the pages of a case off the tick's list: somebody has them. */
export async function acknowledge(platform: Platform, person: SignedIn, said: Said<'acknowledge'>) {
  let acknowledged = 0;
  await amendIncident(platform, said.incident, async (_head, table) => {
    const now = at(platform);
    const pages = (await table.list(keys.incident(said.incident), 'PAGE#')).map((item) => ({
      item,
      page: records.page.read(item.record),
    }));
    const waiting = pages.filter(({ page }) => !page.acknowledgedAt);
    acknowledged = waiting.length;
    if (acknowledged === 0) return undefined;
    return {
      writes: waiting.map(({ item, page }) => ({
        key: item.key,
        record: records.page.write({ ...page, acknowledgedBy: person.name, acknowledgedAt: now }),
        was: item.rev,
      })),
      timeline: [
        {
          event: now,
          kind: 'page',
          by: person.name,
          text: `${person.name} acknowledged ${acknowledged} page(s): ${inert(said.reason, 500)}`,
        },
      ],
    };
  });
  return { acknowledged };
}

/** Closes a case: later findings on its targets open a new one only when they are newer. Its changes go on standing. */
export async function close(platform: Platform, person: SignedIn, said: Said<'close'>) {
  const head = await amendIncident(platform, said.incident, async (current) => {
    if (current.closedAt) return undefined;
    if (current.status === 'containing' || current.status === 'waiting for a person')
      throw new Refused(`the case is ${current.status}: ${current.open.join('; ')}`);
    const now = at(platform);
    const left = current.open.length > 0 ? `; left open: ${current.open.join('; ')}` : '';
    return {
      head: { status: 'closed', closedAt: now },
      timeline: [
        {
          event: now,
          kind: 'status',
          by: person.name,
          text: `${person.name} closed the case: ${inert(said.reason, 500)}${left}`,
        },
      ],
    };
  });
  return { closedAt: head.closedAt };
}
