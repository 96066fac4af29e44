import { canonical, sha256 } from '../core/json.ts';
import type { Notice } from '../core/notice.ts';
import { keepObject } from '../platform/case-objects.ts';
import { recordSent } from '../platform/facts-records.ts';
import { headOf, listOf } from '../platform/incidents.ts';
import { approversOf, noticeContext } from '../platform/notice-context.ts';
import { keyOf, nameOf } from '../platform/notices.ts';
import { at } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import { records } from '../platform/records.ts';
import { Table } from '../platform/table.ts';
import { tellPeople } from '../platform/tell.ts';
import { hashNow } from './ask.ts';
import { moveOn, type Step } from './begin.ts';
import type { Of } from './handler.ts';

/** After the last slice: the moment that counts for the law, before anybody waits for what comes back. */
export async function finished(platform: Platform, step: Step): Promise<Notice> {
  const now = at(platform);
  return moveOn(platform, step, (record) => (record.finishedAt ? undefined : { to: { finishedAt: now } }));
}

/**
 * When what comes back has come: writes down what was sent, to how many, by whose approval. The obligation counts as sent where nothing is left to
 * do; else a person posts the letters, publishes the substitute notice or settles what is unknown, and records that.
 */
export async function prove(platform: Platform, step: Of<'prove'>) {
  const before = await finished(platform, step);
  const proof = await keptProof(platform, before, step);
  const left = leftOver(before, step.counts);
  const on = before.finishedAt ?? at(platform);
  if (left.length === 0)
    await recordSent(platform, step.incident, {
      regime: before.regime,
      obligation: before.obligation,
      on,
      reason: `notice ${keyOf(before)} was sent: proof ${proof.hash}`,
      by: 'notify',
    });
  const record = await moveOn(platform, step, (current) => {
    if (current.state !== 'sending') return undefined;
    const { problem: _none, ...kept } = current;
    return {
      to: {
        ...kept,
        state: left.length === 0 ? 'sent' : 'in-hand',
        sent: step.counts,
        proof,
        ...(left.length > 0 ? { problem: left.join('; ') } : {}),
      },
      text: `${nameOf(current)}: ${inWords(step.counts)}; proof ${proof.hash}${left.length > 0 ? `; left to do: ${left.join('; ')}` : ''}`,
    };
  });
  await tell(platform, record, left, step.counts);
  return { state: record.state };
}

/** Entries of the ledger that the person did not get, or of which nobody knows. */
const missed = ({ bounced = 0, refused = 0 }: Record<string, number>) => bounced + refused;
const unsettled = ({ unknown = 0, claimed = 0, queued = 0 }: Record<string, number>) => unknown + claimed + queued;

function leftOver(
  { recipients, incident, regime, obligation, draft }: Notice,
  counts: Record<string, number>,
): string[] {
  const { letters = 0, substitute = 0 } = recipients?.checked ?? {};
  const folder = `mailing/${incident}/${regime}.${obligation}.${draft}/`;
  return [
    ...(letters > 0 ? [`letters to post by first-class mail: ${letters} (mail-merge files under ${folder})`] : []),
    ...(missed(counts) > 0
      ? [`e-mails that did not arrive: ${missed(counts)}; write to these people instead (list under ${folder})`]
      : []),
    ...(substitute > 0 ? [`people to give substitute notice: ${substitute} (list under ${folder})`] : []),
    ...(unsettled(counts) > 0
      ? [`e-mails that may or may not have left: ${unsettled(counts)}; they are never sent again by themselves`]
      : []),
  ];
}

const inWords = (counts: Record<string, number>) =>
  Object.entries(counts)
    .map(([state, n]) => `${n} ${state}`)
    .join(', ') || 'no e-mail';

async function keptProof(platform: Platform, record: Notice, { counts, digest }: Of<'prove'>) {
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

async function tell(platform: Platform, record: Notice, left: string[], counts: Record<string, number>) {
  const [{ head }, context] = await Promise.all([
    headOf(new Table(platform), record.incident),
    noticeContext(platform, record.incident, record),
  ]);
  const { officer } = approversOf(context.entity);
  const of = `${record.regime}/${record.obligation}`;
  await tellPeople(platform, head, {
    targets: [],
    about: `notice ${of}`,
    happened: `The notice ${nameOf(record)} to ${context.obligation.recipient} has left by e-mail: ${inWords(counts)}.`,
    done: [`proof ${record.proof?.object}`],
    asked:
      left.length === 0
        ? []
        : [
            ...left,
            `then: tourniquet facts ${record.incident} --sent ${of}=<day> --proof <receipt> --reason <how it went>`,
          ],
    to: [officer],
  });
}
