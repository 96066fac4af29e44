import { z } from 'zod';
import { decision } from '../lambdas/core/approval.ts';
import { inert } from '../lambdas/core/inert.ts';
import { when } from '../lambdas/core/message.ts';
import { notice } from '../lambdas/core/notice.ts';

/** One notice as the console shows it; a newer deployment may say more. */
export const shownNotice = z.object({
  incident: z.string(),
  regime: z.string(),
  obligation: z.string(),
  clock: z.object({
    recipient: z.string(),
    status: z.string(),
    owed: z.union([z.boolean(), z.literal('unknown')]),
    dueLocal: z.string().nullable(),
    sendFirst: z.array(z.string()),
    citation: z.string(),
  }),
  channel: z.enum(['mailing', 'person']),
  handing: z.string(),
  required: z.array(z.object({ id: z.string(), element: z.string(), citation: z.string(), form: z.boolean() })),
  starter: z.unknown(),
  approvers: z.array(z.string()),
  notice: z.object(notice.shape).optional(),
  hash: z.string().optional(),
  written: z
    .object({
      subject: z.string(),
      text: z.string(),
      substitute: z.object({ webText: z.string(), tollFree: z.string() }).optional(),
      leftOut: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
  missing: z.array(z.string()).optional(),
  decisions: z.array(z.object(decision.shape)).default([]),
  progress: z.record(z.string(), z.number()).default({}),
});
export type ShownNotice = z.infer<typeof shownNotice>;

const owedWords: Record<string, string> = { true: 'owed', false: 'not owed', unknown: 'treated as owed until counted' };

/** Several lines, each made inert. */
const lines = (text: string, before = '  ') => text.split('\n').map((l) => `${before}${inert(l, 2000)}`.trimEnd());
const heading = (text: string) => ['', text];

/** What a person must know of a notice: what the law wants in it, its very text, who decided what, how far it is, what to do next. */
export function noticePage(shown: ShownNotice): string[] {
  const { regime, obligation, clock } = shown;
  const due = clock.dueLocal ? `due ${clock.dueLocal}` : 'no day in the law: without unreasonable delay';
  return [
    `notice ${regime}/${obligation} of case ${shown.incident}`,
    `  to       ${inert(clock.recipient, 300)}`,
    `  clock    ${owedWords[String(clock.owed)]}, ${due}, ${clock.status} (${inert(clock.citation)})`,
    ...(clock.sendFirst.length > 0 ? [`  first    ${clock.sendFirst.join(', ')} must be sent before it`] : []),
    `  approve  ${shown.approvers.length === 2 ? shown.approvers.join(', then ') : 'nobody yet: set privacyOfficer and counsel of the entity in the settings'}`,
    ...heading('the law wants in it'),
    ...shown.required.map((r) => `  ${r.id.padEnd(16)} ${inert(r.element, 400)} (${inert(r.citation)})`),
    ...(shown.notice ? draftLines(shown, shown.notice) : ['', 'nobody has drafted it']),
    '',
    ...nextStep(shown).map((l) => `  ${l}`),
  ];
}

type Drafted = NonNullable<ShownNotice['notice']>;

function draftLines(shown: ShownNotice, record: Drafted): string[] {
  const { checked } = record.recipients ?? {};
  return [
    ...heading(`draft ${record.draft}: ${record.state}, by ${inert(record.by)} at ${when(record.at, 'UTC')}`),
    ...(record.problem ? lines(record.problem) : []),
    ...(shown.missing ?? []).map((m) => `  missing  ${inert(m, 600)}`),
    ...textLines(shown),
    ...(record.recipients ? heading('recipients') : []),
    ...(record.recipients ? [`  file     ${inert(record.recipients.object)}`] : []),
    ...(checked
      ? [
          `  people   ${checked.rows} rows: ${checked.email} by e-mail, ${checked.letters} by letter, ${checked.substitute} by substitute notice, ${checked.none} neither reachable nor owed one, ${checked.duplicates} named twice${checked.already ? `, ${checked.already} left out because an earlier draft reached them, or may have` : ''}`,
          `  hash     ${checked.hash}`,
        ]
      : []),
    ...(record.quote.length > 0 ? heading('time and cost') : []),
    ...record.quote.flatMap((q) => lines(q)),
    ...progressLines(shown, record),
    ...(shown.decisions.length > 0 ? heading('decisions') : []),
    ...shown.decisions.map(
      (d) =>
        `  ${d.decision === 'approve' ? 'approved' : 'declined'} by ${inert(d.name)} at ${when(d.decidedAt, 'UTC')}: ${inert(d.reason)}`,
    ),
    ...heading(`hash ${shown.hash}`),
  ];
}

function textLines({ written }: ShownNotice): string[] {
  if (!written) return [];
  const { subject, text, substitute, leftOut } = written;
  return [
    ...heading(`subject: ${inert(subject)}`),
    ...lines(text, '  | '),
    ...Object.entries(leftOut ?? {}).map(([id, why]) => `  left out ${id}: ${inert(why, 400)}`),
    ...(substitute
      ? [
          ...heading(`substitute notice (toll-free ${inert(substitute.tollFree)})`),
          ...lines(substitute.webText, '  | '),
        ]
      : []),
  ];
}

function progressLines({ progress }: ShownNotice, { documents, proof }: Drafted): string[] {
  const states = Object.entries(progress);
  return [
    ...(states.length > 0 ? [...heading('e-mails'), ...states.map(([state, n]) => `  ${state.padEnd(12)} ${n}`)] : []),
    ...(documents.length > 0 || proof ? heading('in the case bucket') : []),
    ...documents.map((d) => `  ${d.what}: ${d.object}`),
    ...(proof ? [`  the proof: ${proof.object} (${proof.hash})`] : []),
  ];
}

function nextStep({ incident, regime, obligation, notice: record, missing, channel, handing }: ShownNotice): string[] {
  const command = `tourniquet notify ${incident} ${regime}/${obligation}`;
  const file = channel === 'mailing' ? ` --recipients recipients/${incident}/<day>.csv` : '';
  if (!record)
    return [
      'begin with a starter, fill in what stands in [[ ]], then draft it:',
      `${command} --starter > text.json`,
      `${command} --text text.json${file}`,
    ];
  if (record.state === 'drafted' && (missing ?? []).length > 0)
    return ['draft it again:', `${command} --text text.json${file}`];
  if (record.state === 'drafted' || (record.state === 'sending' && record.problem))
    return ['ask for its two approvals and send it:', `${command} --send`];
  if (record.state === 'asked')
    return ['it waits for its approvals:', `tourniquet approve ${incident} ${record.approvals.at(-1) ?? ''}`];
  if (record.state === 'in-hand')
    return [
      ...(record.finishedAt ? ['to list e-mails that have come back since:', `${command} --send`] : []),
      inert(handing, 400),
      `tourniquet facts ${incident} --sent ${regime}/${obligation}=<day> --proof <receipt> --reason <how it went>`,
    ];
  return [];
}
