import { z } from 'zod';
import { recipientKind } from './regime.ts';

/** The name of one recipient, and the only personal datum in a notice: filled in by SES, or by the mail merge. */
export const nameMark = '{{name}}';
/** What a starter leaves for a person to write; a text that still holds one is not finished. */
const gap = /\[\[[^\]]*\]\]/;

const slug = z.string().regex(/^[a-z0-9]+(?:[.-][a-z0-9]+)*$/);
const line = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(300, 'must have at most 300 characters')
  .regex(/^[^\p{Cc}\u2028\u2029]*$/u, 'must be one line');
const prose = z
  .string()
  .trim()
  .max(20_000, 'must have at most 20,000 characters')
  .regex(/^(?:[^\p{Cc}]|[\n\t])*$/u, 'must hold no control characters');

/** Which elements stand under which heading, and what else a notice to one kind of recipient needs. `lambdas/notices/<kind>.json` */
export const noticeTemplate = z.strictObject({
  kind: recipientKind,
  /** `mailing`: one to each row of a recipients file; `person`: a person hands over the document, as `handing` says */
  channel: z.enum(['mailing', 'person']),
  title: line,
  /** paragraphs before the headings; `{organization}` and other known facts are filled in */
  opening: z.array(z.string()),
  sections: z.array(z.strictObject({ heading: line, elements: z.array(slug) })).min(1),
  /** the heading of elements that no section names */
  others: line,
  closing: z.array(z.string()),
  /** elements that are about the form: nobody writes them, and who approves confirms them */
  form: z.array(slug),
  /** elements that the law wants only in some cases: who leaves one out says why, and who approves sees it */
  conditional: z.array(slug),
  /** one element that is answered by fields to type into a form, instead of by prose */
  sheet: z
    .strictObject({
      answers: slug,
      fields: z.array(
        z.strictObject({
          id: slug,
          label: line,
          /** a known fact that fills it until a person writes something else */
          from: z.string().optional(),
          choices: z.array(line).optional(),
          optional: z.boolean().default(false),
        }),
      ),
    })
    .optional(),
  /** what to begin with, by element: known facts in `{}`, what a person must write in `[[]]` */
  starters: z.record(slug, z.string()),
  /** what the person who hands it over does */
  handing: z.string(),
});
export type NoticeTemplate = z.infer<typeof noticeTemplate>;

/** What a person writes: `--text file.json`. */
export const noticeDraft = z.strictObject({
  subject: line.max(120, 'must have at most 120 characters').optional(),
  /** by the ids of the law's `content` */
  elements: z.record(slug, prose).default({}),
  fields: z.record(slug, prose).default({}),
  /** elements that do not apply in this case, each with the reason */
  leftOut: z.record(slug, line).default({}),
  sender: z.strictObject({
    organization: line,
    /** name and title of who signs */
    signedBy: line,
    address: z.array(line).min(1).max(8),
    tollFree: line.optional(),
    email: z.email().optional(),
    website: z.url({ protocol: /^https$/ }).optional(),
  }),
  /** for those who cannot be reached: 45 CFR 164.404(d)(2) */
  substitute: z
    .strictObject({
      /** what stands on the home page of the website for 90 days, or in major print or broadcast media */
      webText: prose.min(1, 'must not be empty'),
      /** active for at least 90 days */
      tollFree: line,
    })
    .optional(),
  /** documents that go with a letter, by name */
  attachments: z.array(line).max(20).default([]),
});
export type NoticeDraft = z.infer<typeof noticeDraft>;

/** One thing that the law wants in the notice. */
export interface Element {
  id: string;
  element: string;
  citation: string;
}
/** Facts that are known, as they are written into a notice: `discovery` → `November 21, 2026`. */
export type Known = Readonly<Record<string, string | undefined>>;

/** The elements that the notice of one obligation must hold. */
export function elementsOf(
  content: readonly (Element & { for?: readonly string[] | undefined })[],
  obligation: string,
): Element[] {
  return content
    .filter((c) => c.for === undefined || c.for.includes(obligation))
    .map(({ id, element, citation }) => ({ id, element, citation }));
}

/**
 * What keeps a draft from being approved: one line for each element that is missing, empty or unfinished, with its citation, and for each
 * text that names no element or holds a mark that nobody fills in. None: it is complete.
 */
export function shortcomings(draft: NoticeDraft, template: NoticeTemplate, elements: readonly Element[]): string[] {
  const found: string[] = [];
  for (const { id, element, citation } of elements) {
    if (template.form.includes(id)) continue;
    if (template.sheet?.answers === id) found.push(...openFields(draft, template.sheet.fields));
    else if (draft.leftOut[id]) {
      if (!template.conditional.includes(id))
        found.push(`elements.${id} is always wanted and cannot be left out: ${element} (${citation})`);
    } else if (!draft.elements[id]?.trim()) found.push(`elements.${id} is missing: ${element} (${citation})`);
  }
  const ids = elements.map((e) => e.id);
  for (const id of [...Object.keys(draft.elements), ...Object.keys(draft.leftOut)])
    if (!ids.includes(id)) found.push(`elements.${id} is no element of this notice; it has: ${ids.join(', ')}`);
  const fields = template.sheet?.fields.map((f) => f.id) ?? [];
  for (const id of Object.keys(draft.fields))
    if (!fields.includes(id))
      found.push(`fields.${id} is no field of this notice; it has: ${fields.join(', ') || 'none'}`);
  for (const [where, text] of texts(draft)) {
    const left = gap.exec(text)?.[0];
    if (left) found.push(`${where} is not finished: it still says ${left.slice(0, 80)}`);
    const mark = text.replaceAll(/(?<!\{)\{\{name\}\}(?!\})/g, '').match(/\{\{[^}]{0,40}\}?\}?|\}\}/)?.[0];
    if (mark) found.push(`${where}: ${mark} is filled in by nobody; only ${nameMark} is`);
    if (where !== 'subject' && !where.startsWith('elements.') && text.includes(nameMark))
      found.push(`${where}: ${nameMark} may stand only in the subject and the elements`);
  }
  return found;
}

function openFields(draft: NoticeDraft, fields: NonNullable<NoticeTemplate['sheet']>['fields']): string[] {
  return fields.flatMap(({ id, label, optional, choices }) => {
    const text = draft.fields[id]?.trim();
    if (!text) return optional ? [] : [`fields.${id} is missing: ${label}`];
    const wrong = choices && text.split(';').find((part) => !choices.includes(part.trim()));
    return wrong ? [`fields.${id}: "${wrong.trim().slice(0, 80)}" is none of: ${choices.join(' | ')}`] : [];
  });
}

/** Every text of a draft with where it stands. */
function texts({ subject, elements, fields, sender, substitute, attachments }: NoticeDraft): [string, string][] {
  return [
    ...(subject === undefined ? [] : [['subject', subject] as [string, string]]),
    ...Object.entries(elements).map(([id, text]): [string, string] => [`elements.${id}`, text]),
    ...Object.entries(fields).map(([id, text]): [string, string] => [`fields.${id}`, text]),
    ...Object.entries(sender).flatMap(([id, text]) =>
      [text ?? ''].flat().map((t): [string, string] => [`sender.${id}`, t]),
    ),
    ...Object.entries(substitute ?? {}).map(([id, text]): [string, string] => [`substitute.${id}`, text]),
    ...attachments.map((text): [string, string] => ['attachments', text]),
  ];
}

/** What a rendered text still leaves open: a fact that the template states and nobody has recorded. */
export function openFacts(text: string): string[] {
  const open = [...new Set(text.match(new RegExp(gap, 'g')))];
  return open.map((left) => `the text says ${left}: record it (tourniquet facts), then draft it again`);
}

/** A draft to begin with: what is known is filled in, and what a person must write stands in `[[]]`. */
export function starter(template: NoticeTemplate, elements: readonly Element[], known: Known): NoticeDraft {
  const prose = elements.filter((e) => !template.form.includes(e.id) && template.sheet?.answers !== e.id);
  const sheet = elements.some((e) => e.id === template.sheet?.answers) ? (template.sheet?.fields ?? []) : [];
  return {
    subject: filled(template.title, known),
    elements: Object.fromEntries(
      prose.map((e) => [e.id, filled(template.starters[e.id] ?? `[[${e.element}]]`, known)]),
    ),
    fields: Object.fromEntries(
      sheet.map((f) => [
        f.id,
        (f.from && known[f.from]) || `[[${f.label}${f.choices ? `: ${f.choices.join(' | ')}` : ''}]]`,
      ]),
    ),
    leftOut: {},
    sender: {
      organization: known.organization ?? '[[name of the organization]]',
      signedBy: '[[name and title of who signs]]',
      address: ['[[postal address]]'],
      tollFree: '[[toll-free number]]',
    },
    attachments: [],
  };
}

/** `{discovery}` becomes the known fact; one that is not known becomes a gap for a person. */
function filled(text: string, known: Known): string {
  return text.replaceAll(/(?<!\{)\{(\w+)\}(?!\})/g, (_, name: string) => known[name] ?? `[[${name}]]`);
}

/** A notice as it is shown and sent: paragraphs under headings, and a table where a form is to be filled in. */
export interface NoticeDocument {
  title: string;
  subject: string;
  blocks: { heading: string; paragraphs: string[] }[];
  opening: string[];
  closing: string[];
  sheet: { label: string; value: string }[];
  attachments: string[];
}

/** The document of a complete draft. `known` fills the opening; the rest is what people wrote. Pure. */
export function documentOf(
  draft: NoticeDraft,
  template: NoticeTemplate,
  elements: readonly Element[],
  known: Known,
): NoticeDocument {
  const values = { ...known, organization: draft.sender.organization };
  const present = elements.filter((e) => draft.elements[e.id]);
  const placed = new Set(template.sections.flatMap((s) => s.elements));
  const paragraphs = (ids: string[]) =>
    ids.flatMap((id) => (draft.elements[id] ?? '').trim().split(/\n\s*\n/)).filter(Boolean);
  const of = (ids: readonly string[]) => paragraphs(ids.filter((id) => present.some((e) => e.id === id)));
  const blocks = template.sections.map((s) => ({ heading: s.heading, paragraphs: of(s.elements) }));
  const rest = { heading: template.others, paragraphs: of(present.map((e) => e.id).filter((id) => !placed.has(id))) };
  // the last section says whom to ask: it stays last
  const ordered = [...blocks.slice(0, -1), rest, ...blocks.slice(-1)].filter((b) => b.paragraphs.length > 0);
  return {
    title: template.title,
    subject: draft.subject ?? template.title,
    opening: template.opening.map((p) => filled(p, values)),
    blocks: ordered,
    closing: [...template.closing.map((p) => filled(p, values)), ...signature(draft)],
    sheet: (elements.some((e) => e.id === template.sheet?.answers) ? (template.sheet?.fields ?? []) : [])
      .filter((f) => draft.fields[f.id])
      .map((f) => ({ label: f.label, value: draft.fields[f.id] ?? '' })),
    attachments: draft.attachments,
  };
}

function signature({ sender }: NoticeDraft): string[] {
  const { signedBy, organization, address, tollFree, email, website } = sender;
  const lines = [signedBy, organization, ...address, tollFree, email, website];
  return [lines.filter((l) => l !== undefined).join('\n')];
}

/** Sentences that are too long to be plain (more than `words` words), for who approves to look at: 45 CFR 164.404(c)(2). */
export function longSentences(draft: NoticeDraft, words = 30): string[] {
  return Object.entries(draft.elements).flatMap(([id, text]) => {
    const long = text.split(/(?<=[.!?])\s+|\n+/).filter((s) => s.split(/\s+/).filter(Boolean).length > words);
    return long.length === 0 ? [] : [`elements.${id}: ${long.length} sentence(s) of more than ${words} words`];
  });
}
