import { z } from 'zod';
import { inert } from '../core/inert.ts';
import type { Notice } from '../core/notice.ts';
import type { Person } from '../core/settings.ts';
import { memberOf } from '../core/withholding.ts';
import { headOf, listOf } from '../platform/incidents.ts';
import { isUnderWay } from '../platform/notice-run.ts';
import { calledTold } from '../platform/notice-telling.ts';
import { nameOf, noticeOf } from '../platform/notices.ts';
import type { Platform } from '../platform/platform.ts';
import { records } from '../platform/records.ts';
import { Table } from '../platform/table.ts';
import { tellPeople } from '../platform/tell.ts';
import { moveOn } from './begin.ts';
import type { Of } from './handler.ts';

const cause = z.object({ errorMessage: z.string() });

/**
 * Where a notice does not go on: back to the draft, with the reason, and people are told. Once sending has begun it stays begun: the
 * reason stands beside it, and a person lets it go on. A draft that was replaced needs nothing.
 */
export async function hold(platform: Platform, step: Of<'hold'>) {
  const table = new Table(platform);
  const replaced = await noticeOf(table, step.incident, step.notice).then(
    ({ record }) => record.attempt !== step.attempt,
    () => true,
  );
  if (replaced) return { held: false };
  const why = await reason(table, step);
  const people = await heard(platform, table, step);
  const telling = { id: platform.id(), to: people, says: `The notice ${step.notice} did not go on: ${why}` };
  const move: Parameters<typeof moveOn>[2] = (current) => {
    if (!isUnderWay(current)) return undefined;
    const stopped = current.state === 'sending';
    return {
      to: { state: stopped ? 'sending' : 'drafted', problem: why },
      text: `${nameOf(current)} ${stopped ? 'has stopped' : 'was not sent'}: ${why}`,
    };
  };
  const record = await moveOn(platform, step, move, telling);
  if (record.problem !== why) return { held: false };
  await tell(platform, record, why, people);
  await calledTold(platform, step.incident, telling.id);
  return { held: true };
}

/** In words: what failed, or what people decided. */
async function reason(table: Table, { failure, incident, notice }: Of<'hold'>): Promise<string> {
  if (failure) return sentence(failure);
  const { record } = await noticeOf(table, incident, notice);
  const last = record.approvals.at(-1) ?? '';
  const decisions = await listOf(table, incident, `DECISION#${last}#`, records.decision);
  const declined = decisions.find((d) => d.decision === 'decline');
  if (declined) return `${declined.name} declined: ${inert(declined.reason, 500)}`;
  return `nobody decided on ${last} in time: silence sends nothing; ask again`;
}

/** The message of what Step Functions caught; Lambda's Cause is JSON with errorMessage. */
function sentence({ Error: name, Cause }: NonNullable<Of<'hold'>['failure']>): string {
  let message = Cause ?? '';
  try {
    message = cause.parse(JSON.parse(message)).errorMessage;
  } catch {
    // not Lambda's JSON: the text itself is the message
  }
  return inert(name === 'Refused' ? message : `${name}: ${message}`, 1500);
}

/** Officer and counsel; everybody on call too where it has stopped in the middle, or where the settings name neither. */
async function heard(platform: Platform, table: Table, { incident, notice }: Of<'hold'>): Promise<readonly Person[]> {
  const [{ record }, { head }, settings] = await Promise.all([
    noticeOf(table, incident, notice),
    headOf(table, incident),
    platform.settings(),
  ]);
  const entity = settings.entities.find((e) => e.name === memberOf(head.account, settings)?.entity);
  const people = [
    entity?.privacyOfficer,
    entity?.counsel,
    ...(record.state === 'sending' ? settings.onCall : []),
  ].filter((p) => p !== undefined);
  return people.length > 0 ? people : settings.onCall;
}

async function tell(platform: Platform, record: Notice, why: string, to: readonly Person[]): Promise<void> {
  const { head } = await headOf(new Table(platform), record.incident);
  const stopped = record.state === 'sending';
  await tellPeople(platform, head, {
    targets: [],
    about: `notice ${record.regime}/${record.obligation}`,
    happened: `The notice ${nameOf(record)} ${stopped ? 'has stopped while it was being sent' : 'was not sent'}.`,
    asked: [why, `then: tourniquet notify ${record.incident} ${record.regime}/${record.obligation} --send`],
    to,
  });
}
