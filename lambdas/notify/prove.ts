import { Refused } from '../core/errors.ts';
import { canonical, sha256 } from '../core/json.ts';
import { missed } from '../core/ledger.ts';
import type { Notice } from '../core/notice.ts';
import { substituteNotice } from '../core/recipient.ts';
import { keepObject } from '../platform/case-objects.ts';
import { factsNow, recordSent } from '../platform/facts-records.ts';
import { headOf, listOf } from '../platform/incidents.ts';
import { type Followed, followedOf, tallyOf } from '../platform/ledger.ts';
import { approversOf, type NoticeContext, noticeContext } from '../platform/notice-context.ts';
import { calledTold } from '../platform/notice-telling.ts';
import { howToRecord, keyOf, nameOf } from '../platform/notices.ts';
import { at } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import { records } from '../platform/records.ts';
import { Table } from '../platform/table.ts';
import { tellPeople } from '../platform/tell.ts';
import { moveOn, ours, type Step } from './begin.ts';
import { hashNow, requireApprovals } from './decided.ts';
import type { Of } from './handler.ts';

/**
 * Recipients by state, once each has an entry. Throws Refused unless two people approved it and all of it was handed over: the word of
 * whoever calls proves nothing.
 */
async function handedOver(platform: Platform, record: Notice): Promise<Record<string, number>> {
  const table = new Table(platform);
  if (!['sending', 'sent', 'in-hand'].includes(record.state) || record.stoppedBy)
    throw new Refused(`${nameOf(record)} is ${record.state}: nothing of it is proved`);
  await requireApprovals(platform, table, record);
  const counts: Record<string, number> = await tallyOf(table, { incident: record.incident, notice: keyOf(record) });
  const have = Object.values(counts).reduce((sum, n) => sum + n, 0);
  const wanted = record.recipients?.checked?.email;
  if (have !== wanted)
    throw new Refused(`${nameOf(record)}: ${have} of ${wanted ?? 'no'} e-mails were handed over: nothing is proved`);
  return counts;
}

/** After the last slice: the moment that counts for the law, before anybody waits for what comes back. */
export async function finished(platform: Platform, step: Step): Promise<Notice> {
  const { record: before } = await ours(new Table(platform), step);
  await handedOver(platform, before);
  const now = at(platform);
  return moveOn(platform, step, (record) => (record.finishedAt ? undefined : { to: { finishedAt: now } }));
}

/**
 * When what comes back has come: writes down what was sent, to how many, by whose approval. The obligation counts as sent where nothing is left to
 * do; else a person posts the letters, publishes the substitute notice or settles what is unknown, and records that.
 */
export async function prove(platform: Platform, step: Of<'prove'>) {
  const { record: before } = await ours(new Table(platform), step);
  const counts = await handedOver(platform, before);
  const on = before.finishedAt;
  if (!on) throw new Refused(`${nameOf(before)}: nobody has said when the last of it left: nothing is proved`);
  const proof = await keptProof(platform, before, { counts, digest: step.digest });
  const came = await followedOf(new Table(platform), { incident: step.incident, notice: step.notice });
  const left = leftOver(before, counts, came);
  // the first sending is the one that the law counts
  const facts = (await factsNow(platform, step.incident))?.facts;
  const stands = facts?.sent.some((s) => s.regime === before.regime && s.obligation === before.obligation);
  if (left.length === 0 && !stands)
    await recordSent(platform, step.incident, {
      regime: before.regime,
      obligation: before.obligation,
      on,
      reason: `notice ${keyOf(before)} was sent: proof ${proof.hash}`,
      by: 'notify',
    });
  const context = await noticeContext(platform, step.incident, before);
  const telling = {
    id: platform.id(),
    to: [approversOf(context.entity).officer],
    says: `The notice ${nameOf(before)} has left by e-mail: ${inWords(counts)}. ${left.join('; ')}`,
  };
  const move: Parameters<typeof moveOn>[2] = (current) => {
    if (current.state !== 'sending' && missed(counts) <= missed(current.sent)) return undefined;
    const { problem: _none, ...kept } = current;
    return {
      to: {
        ...kept,
        state: left.length === 0 ? 'sent' : 'in-hand',
        sent: counts,
        proof,
        ...(left.length > 0 ? { problem: left.join('; ') } : {}),
      },
      text: `${nameOf(current)}: ${inWords(counts)}; proof ${proof.hash}${left.length > 0 ? `; left to do: ${left.join('; ')}` : ''}`,
    };
  };
  const record = await moveOn(platform, step, move, telling);
  await tell(platform, record, context, left, counts);
  await calledTold(platform, step.incident, telling.id);
  return { state: record.state };
}

/** Entries of the ledger of which nobody knows. */
const unsettled = ({ unknown = 0, claimed = 0, queued = 0 }: Record<string, number>) => unknown + claimed + queued;

function leftOver(
  { recipients, incident, regime, obligation, draft }: Notice,
  counts: Record<string, number>,
  came: Followed,
): string[] {
  const { letters = 0, substitute: unreachable = 0 } = recipients?.checked ?? {};
  // the ten of the law are all whom no letter can reach, also those who were to have an e-mail
  const substitute = unreachable + came.substitute;
  const folder = `mailing/${incident}/${regime}.${obligation}.${draft}/`;
  return [
    ...(letters > 0 ? [`letters to post by first-class mail: ${letters} (mail-merge files under ${folder})`] : []),
    ...(missed(counts) > 0
      ? [
          `e-mails that did not arrive: ${missed(counts)}; write to these people instead (lists under ${folder}): ${came.letters} by letter, ${came.substitute} by substitute notice`,
        ]
      : []),
    ...(substitute > 0
      ? [`people to give substitute notice: ${substitute} (lists under ${folder}). ${substituteNotice(substitute)}`]
      : []),
    ...(unsettled(counts) > 0
      ? [`e-mails that may or may not have left: ${unsettled(counts)}; they are never sent again by themselves`]
      : []),
  ];
}

const inWords = (counts: Record<string, number>) =>
  Object.entries(counts)
    .map(([state, n]) => `${n} ${state}`)
    .join(', ') || 'no e-mail';

async function keptProof(
  platform: Platform,
  record: Notice,
  { counts, digest }: Pick<Of<'prove'>, 'counts' | 'digest'>,
) {
  const table = new Table(platform);
  const decisions = await Promise.all(
    record.approvals.map((id) => listOf(table, record.incident, `DECISION#${id}#`, records.decision)),
  );
  const hash = hashNow(record);
  const body = canonical(
    JSON.parse(
      JSON.stringify({
        incident: record.incident,
        regime: record.regime,
        obligation: record.obligation,
        draft: record.draft,
        hash,
        textHash: record.textHash,
        recipients: record.recipients,
        documents: record.documents,
        approvals: decisions
          .flat()
          .filter((d) => d.hash === hash)
          .map(({ approval, decision, name, principal, reason, decidedAt }) => ({
            ...{ approval, decision, name, principal, reason, decidedAt },
          })),
        ledger: { counts, digest },
        finishedAt: record.finishedAt,
      }),
    ),
  );
  const proof = sha256(body);
  const object = `notices/${record.incident}/${keyOf(record)}/${proof.slice(0, 12)}-proof.json`;
  await keepObject(platform, object, body, 'application/json');
  return { object, hash: proof };
}

async function tell(
  platform: Platform,
  record: Notice,
  context: NoticeContext,
  left: string[],
  counts: Record<string, number>,
) {
  const { head } = await headOf(new Table(platform), record.incident);
  const { officer } = approversOf(context.entity);
  await tellPeople(platform, head, {
    targets: [],
    about: `notice ${record.regime}/${record.obligation}`,
    happened: `The notice ${nameOf(record)} to ${context.obligation.recipient} has left by e-mail: ${inWords(counts)}.`,
    done: [`proof ${record.proof?.object}`],
    asked: left.length === 0 ? [] : [...left, howToRecord(record)],
    to: [officer],
  });
}
