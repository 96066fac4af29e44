import { html, raw } from 'hono/html';
import { type NoticeDocument, nameMark } from '../core/notice-text.ts';

/** The notice as plain text, for e-mail and for a letter. */
export function plainText(document: NoticeDocument): string {
  const { title, opening, blocks, sheet, attachments, closing } = document;
  return [
    title,
    ...opening,
    ...blocks.map(({ heading, paragraphs }) => [heading, ...paragraphs].join('\n\n')),
    ...sheet.map(({ label, value }) => `${label}:\n  ${value.replaceAll('\n', '\n  ')}`),
    ...closing,
    ...(attachments.length > 0 ? [`Attachments:\n${attachments.map((a) => `  - ${a}`).join('\n')}`] : []),
  ].join('\n\n');
}

/**
 * The same as HTML: headings, at least 10 points (Cal. Civ. Code 1798.82(d)(1)(B)), nothing loaded from anywhere, no tracking. Everything
 * that people wrote is escaped. `name` is what stands for the recipient: SES escapes nothing, so e-mail names a value that is escaped.
 */
export async function htmlPage(document: NoticeDocument, name: string = nameMark): Promise<string> {
  const { title, opening, blocks, sheet, attachments, closing } = document;
  const p = (text: string) =>
    html`<p style="margin:0 0 12px">${raw(String(html`${text}`).replaceAll(nameMark, name).replaceAll('\n', '<br>'))}</p>`;
  return String(
    await html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title></head>
<body style="margin:0;padding:24px;background:#fff;color:#1a1a1a;font:12pt/1.5 Georgia,'Times New Roman',serif">
<div style="max-width:640px;margin:0 auto">
<h1 style="font-size:18pt;line-height:1.25;margin:0 0 20px">${title}</h1>
${opening.map(p)}
${blocks.map(({ heading, paragraphs }) => html`<h2 style="font-size:14pt;line-height:1.3;margin:24px 0 6px">${heading}</h2>${paragraphs.map(p)}`)}
${
  sheet.length === 0
    ? ''
    : html`<table style="border-collapse:collapse;width:100%;font-size:11pt">${sheet.map(
        ({ label, value }) =>
          html`<tr><th scope="row" style="text-align:left;vertical-align:top;width:38%;padding:6px 12px 6px 0;border-top:1px solid #999;font-weight:600">${label}</th><td style="padding:6px 0;border-top:1px solid #999;white-space:pre-wrap">${value}</td></tr>`,
      )}</table>`
}
<div style="margin-top:24px">${closing.map(p)}</div>
${attachments.length === 0 ? '' : html`<p style="margin:0">Attachments</p><ul style="margin:4px 0">${attachments.map((a) => html`<li>${a}</li>`)}</ul>`}
</div></body></html>`,
  );
}

/** The fields of a form as CSV, to be opened in a spreadsheet: cells that would run as formulas are quoted (OWASP, CSV injection). */
export function sheetCsv({ sheet }: NoticeDocument): string {
  const cell = (text: string) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  return ['"Field","Answer"', ...sheet.map(({ label, value }) => `${cell(label)},${cell(value)}`), ''].join('\r\n');
}
