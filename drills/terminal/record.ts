import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Rehearsal } from '../engine/rehearsal.ts';
import type { Report } from '../engine/report.ts';

/**
 * Leaves what a drill has made in a folder (replaced when it is there): the report, the timeline, the evidence as the vault holds
 * it, and what people were told.
 */
export async function leaveRecord(folder: string, report: Report, drill: Rehearsal): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const { objects, sums } = evidence(report, drill);
  await write(folder, 'README.txt', about(report));
  await write(folder, 'incident.json', `${JSON.stringify(report, null, 2)}\n`);
  await write(folder, 'timeline.jsonl', report.timeline.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  await write(folder, 'evidence/SHA256SUMS', sums);
  for (const [name, body] of objects) await write(folder, `evidence/${name}`, body);
  for (const [name, text] of messages(drill)) await write(folder, `mail/${name}`, text);
}

async function write(folder: string, name: string, content: string | Uint8Array): Promise<void> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

/** By collector and number, because the vault's names carry hashes only; SHA256SUMS holds the hashes of the custody record. */
function evidence(report: Report, drill: Rehearsal): { objects: [string, Uint8Array][]; sums: string } {
  const vault = [...drill.world.account(drill.settings.accounts.forensic).buckets.values()];
  const objects: [string, Uint8Array][] = [];
  let sums = '';
  for (const [n, { collector, object, sha256: recorded }] of report.evidence.entries()) {
    const name = `${String(n + 1).padStart(2, '0')}-${collector}.json`;
    sums += `${recorded}  ${name}\n`;
    const version = vault.map((bucket) => bucket.objects.get(object)?.at(-1)).find((v) => v !== undefined);
    if (version) objects.push([name, version.body]);
  }
  return { objects, sums };
}

function messages(drill: Rehearsal): [string, string][] {
  return drill.deployment.outbox.mailed.flatMap((mail, n): [string, string][] => {
    const name = `${String(n + 1).padStart(2, '0')}-${mail.to.map((to) => to.split('@')[0]).join('+')}`.slice(0, 80);
    const head = `Simulated: this was not sent.\nAt: ${mail.at}\nTo: ${mail.to.join(', ')}\nSubject: ${mail.subject}\n\n`;
    return [
      [`${name}.txt`, `${head}${mail.text ?? ''}\n`],
      [`${name}.html`, mail.html ?? ''],
    ];
  });
}

function about(report: Report): string {
  return `Record of the drill ${report.scenario}, case ${report.incident.id}. Everything in it is simulated AWS.

incident.json    the report: changes with before and after, probes, stamps, obligations, approvals
timeline.jsonl   what happened, one entry a line; each carries its hash, which covers the entry before it
evidence/        what the vault of the forensic account holds of this case; check it with
                 cd evidence && sha256sum -c SHA256SUMS
                 (the hashes are those of the custody record in incident.json)
mail/            what people were told, as text and as HTML
`;
}
