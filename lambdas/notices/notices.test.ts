import { describe, expect, it } from 'vitest';
import {
  documentOf,
  elementsOf,
  longSentences,
  type NoticeDraft,
  openFacts,
  shortcomings,
  starter,
} from '../core/notice-text.ts';
import { readCatalogue } from '../platform/catalogue.ts';
import { templates } from './index.ts';
import { htmlPage, plainText, sheetCsv } from './render.ts';

const { regimes } = await readCatalogue();
const known = { organization: 'Northwind Clinic', discovery: 'November 20, 2026', total: '612', residents: '501' };

/** Every notice that any law wants, with its template and what must be in it. */
const all = Object.values(regimes).flatMap((regime) =>
  [...new Map(regime.obligations.map((o) => [o.id, o])).values()].map((rule) => ({
    name: `${regime.id}/${rule.id}`,
    template: templates[rule.recipientKind],
    elements: elementsOf(regime.content, rule.id),
  })),
);

/** What a person makes of a starter: every gap is filled. */
function filledIn(begun: NoticeDraft): NoticeDraft {
  const plain = (text: string) => text.replaceAll(/\[\[[^\]]*\]\]/g, 'Said plainly.');
  const each = (texts: Record<string, string>) =>
    Object.fromEntries(Object.entries(texts).map(([id, text]) => [id, plain(text)]));
  const sender = { organization: 'Northwind Clinic', signedBy: 'Dana Whitfield', address: ['1 Harbor Way'] };
  return { ...begun, elements: each(begun.elements), fields: each(begun.fields), sender };
}

const hipaa = all.find((n) => n.name === 'us-hipaa-individual/individual');
if (!hipaa) throw new Error('there is no us-hipaa-individual');
const complete = filledIn(starter(hipaa.template, hipaa.elements, known));
const shown = (draft: NoticeDraft) => documentOf(draft, hipaa.template, hipaa.elements, known);

describe('a notice of any law', () => {
  it.each(all)(
    '$name: its starter lacks only what a person must write, and every element has its place',
    async ({ template, elements }) => {
      const begun = starter(template, elements, known);
      for (const text of Object.values(begun.elements)) expect(text).not.toMatch(/\{\w+\}/);
      const draft = filledIn(begun);
      const chosen = Object.fromEntries(
        (template.sheet?.fields ?? [])
          .filter((f) => f.id in draft.fields)
          .map((f) => [f.id, f.choices?.[0] ?? draft.fields[f.id] ?? '']),
      );
      const whole = { ...draft, fields: chosen };
      expect(shortcomings(whole, template, elements)).toEqual([]);
      const text = plainText(documentOf(whole, template, elements, known));
      expect(openFacts(text)).toEqual([]);
      for (const written of Object.values(whole.elements))
        for (const part of written.split('\n\n')) expect(text).toContain(part);
      for (const id of Object.keys(whole.elements)) {
        const { [id]: _gone, ...elementsLeft } = whole.elements;
        const wanted = elements.find((e) => e.id === id);
        expect(shortcomings({ ...whole, elements: elementsLeft }, template, elements)).toEqual([
          `elements.${id} is missing: ${wanted?.element} (${wanted?.citation})`,
        ]);
      }
    },
  );
});

it('has the headings that California prescribes, in its order, which serve 45 CFR 164.404(c) too', () => {
  const draft = {
    ...complete,
    elements: { ...complete.elements, 'what-to-do': 'Call.', 'what-we-do': 'We closed it.' },
  };
  expect(shown(draft).title).toBe('Notice of Data Breach');
  expect(shown(draft).blocks.map((b) => b.heading)).toEqual([
    'What Happened',
    'What Information Was Involved',
    'What We Are Doing',
    'What You Can Do',
    'For More Information',
  ]);
});

it('lets only what the law wants in some cases be left out, and only with a reason', () => {
  const ca = all.find((n) => n.name === 'us-ca-1798.82/individual');
  if (!ca) throw new Error('there is no us-ca-1798.82');
  const draft = filledIn(starter(ca.template, ca.elements, known));
  const without = (id: string): NoticeDraft => {
    const { [id]: _gone, ...elements } = draft.elements;
    return { ...draft, elements, leftOut: { [id]: 'no such numbers were exposed' } };
  };
  expect(shortcomings(without('identity-services'), ca.template, ca.elements)).toEqual([]);
  expect(shortcomings(without('what-happened'), ca.template, ca.elements)).toEqual([
    expect.stringMatching(/^elements\.what-happened is always wanted/),
  ]);
});

it('refuses marks that nobody fills in, and the name where it would not be filled in', () => {
  const of = (contact: string) =>
    shortcomings({ ...complete, elements: { ...complete.elements, contact } }, hipaa.template, hipaa.elements);
  expect(of('Call us, {{name}}.')).toEqual([]);
  for (const mark of ['{{phone}}', '{{#if x}}', '{{ name }}', '{{{name}}}', '{{'])
    expect([mark, of(`Call ${mark}.`).length]).toEqual([mark, 1]);
  const sender = { ...complete.sender, signedBy: 'For {{name}}' };
  expect(shortcomings({ ...complete, sender }, hipaa.template, hipaa.elements)).toEqual([
    expect.stringContaining('may stand only in'),
  ]);
});

it('says which facts a text still wants before it may be sent', () => {
  const cra = templates.cra;
  const document = documentOf({ ...complete, elements: {} }, cra, [], { ...known, total: undefined });
  expect(openFacts(plainText(document))).toEqual([expect.stringContaining('[[total]]')]);
});

it('escapes everything that people wrote, and names the recipient by the value that is escaped for HTML', async () => {
  const evil = '<script>alert(1)</script> & "quoted" {{name}}\nsecond line';
  const draft = { ...complete, elements: { ...complete.elements, contact: evil }, attachments: ['<b>list</b>'] };
  const html = await htmlPage(shown(draft), '{{nameHtml}}');
  expect(html).not.toMatch(/<script|<b>/);
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quoted&quot; {{nameHtml}}<br>second line');
  expect(html).not.toContain('{{name}}');
  expect(html).not.toMatch(/https?:|src=|url\(/);
  expect(plainText(shown(draft))).toContain(evil);
});

it('writes no cell that a spreadsheet would run', () => {
  const sheet = ['=1+1', '+1', '-1', '@x', '\tx', 'plain "quoted"'].map((value) => ({ label: 'Field', value }));
  expect(sheetCsv({ ...shown(complete), sheet })).toBe(
    [
      '"Field","Answer"',
      `"Field","'=1+1"`,
      `"Field","'+1"`,
      `"Field","'-1"`,
      `"Field","'@x"`,
      `"Field","'\tx"`,
      '"Field","plain ""quoted"""',
      '',
    ].join('\r\n'),
  );
});

it('points whoever approves at sentences that are too long to be plain', () => {
  const long = `${'word '.repeat(31)}. Short one.`;
  expect(longSentences({ ...complete, elements: { contact: long } })).toEqual([
    'elements.contact: 1 sentence(s) of more than 30 words',
  ]);
  expect(longSentences({ ...complete, elements: { contact: 'Short one.' } })).toEqual([]);
});
