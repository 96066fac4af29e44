import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ActionManifest, CollectorManifest, Playbook, Statement } from '../lambdas/core/manifest.ts';
import { targetKinds } from '../lambdas/core/target.ts';
import { type Catalogue, readCatalogue } from '../lambdas/platform/catalogue.ts';
import { lawsText } from './catalogue-laws.ts';
import { code, table } from './markdown.ts';
import { writeSchemas } from './schema.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
export const catalogueFile: string = join(root, 'docs/catalogue.md');

const noun = (kind: keyof typeof targetKinds) => targetKinds[kind].noun;

/** What stands in the folders, for people: which finding is answered by what, and what that does, needs and costs. Markdown. */
export function catalogueText({ playbooks, actions, collectors, regimes }: Catalogue): string {
  return [
    '# Catalogue',
    '',
    'Generated from the manifests by `npm run catalogue`; a test holds it to them. Do not edit it.',
    '',
    '- [Findings](#findings): which finding is answered by which playbook',
    '- [Playbooks](#playbooks): what is done, in which order, and who is asked',
    '- [Actions](#actions): what each changes, what that costs, and what it needs',
    '- [Collectors](#collectors): what is kept as evidence',
    '- [Laws](#laws): who must be told, and until when',
    '',
    ...mapping(Object.values(playbooks)),
    '## Playbooks',
    '',
    ...Object.values(playbooks).flatMap((each) => playbookText(each, actions)),
    '## Actions',
    '',
    ...Object.values(actions).flatMap(actionText),
    '## Collectors',
    '',
    ...Object.values(collectors).flatMap(collectorText),
    '## Laws',
    '',
    ...lawsText(Object.values(regimes)),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}

/** Type by type, by product. A `*` at the end stands for everything that begins so; an exact type outweighs none. */
function mapping(playbooks: Playbook[]): string[] {
  const answered = playbooks.flatMap(({ id, match }) =>
    match.flatMap((m) => m.types.map((type) => ({ id, type, ...m, says: says(m) }))),
  );
  const products = [...new Set(answered.map(({ product }) => product))].sort();
  const fallback = playbooks.filter((p) => p.fallback).map(({ id }) => code(id));
  return [
    '## Findings',
    '',
    '*Confirmed*: the finding states a fact about the resource. *Suspected*: it infers behaviour. No playbook looks at severity or at',
    `the resource type. Whatever is not listed, and whatever a product that anybody may imitate says, gets ${fallback.join(', ')}.`,
    '',
    ...products.flatMap((product) => [
      `### ${product}`,
      '',
      ...table(
        ['type', 'answered by'],
        Object.entries(Object.groupBy(answered, (one) => (one.product === product ? one.type : '')))
          .filter(([type]) => type !== '')
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([type, by = []]) => [code(type), by.map((one) => `${code(one.id)} (${one.says})`).join(', ')]),
      ),
    ]),
  ];
}

function says({ confidence, attacker, names }: Playbook['match'][number]): string {
  const only = [
    ...(attacker === undefined ? [] : [attacker ? 'where the machine attacks' : 'where the machine is the victim']),
    ...(names ? [`where it names the ${names.map(noun).join(' or ')}`] : []),
  ];
  return [confidence, ...only].join(', ');
}

const asked = { none: 'at once', one: 'one person is asked', two: 'two people are asked' };
const silence = { proceed: 'silence proceeds', hold: 'silence holds' };
const presumed = {
  breach: 'Presumes a breach until shown otherwise.',
  'no-breach-yet': 'Presumes no breach yet.',
  unknown: 'Presumes nothing about a breach.',
};

function playbookText(playbook: Playbook, actions: Catalogue['actions']): string[] {
  const { id, title, summary, stages, evidence, presumption, composes, severity } = playbook;
  const steps = stages.map((stage, index) => [
    `${index + 1}`,
    stage.map(({ action }) => `${actions[action]?.title} (${code(action)})`).join('<br>'),
    stage
      .map((s) => (s.approval === 'none' ? asked.none : `${asked[s.approval]}, ${silence[s.onTimeout]}`))
      .join('<br>'),
  ]);
  return [
    `### ${id}`,
    '',
    `**${title}.** ${summary} ${presumed[presumption]}${severity ? ` At least ${severity}.` : ''}`,
    '',
    ...(steps.length > 0 ? table(['stage', 'actions', 'approval'], steps) : []),
    ...(composes.length > 0 ? [`Then, for what it names: ${composes.map(code).join(', ')}.`, ''] : []),
    `Evidence: ${evidence.map(code).join(', ') || 'none of its own'}.`,
    '',
  ];
}

function actionText(action: ActionManifest): string[] {
  const { id, title, targetKind, reversible, preserves, through, consequence, protects, permissions } = action;
  const { undoneAfter, reinforces, recovery } = action;
  const undo = preserves ? 'kept by every restore' : reversible ? 'reversible' : '**cannot be undone**';
  const by = through === 'management' ? ' · through the management account' : '';
  const after = undoneAfter.length > 0 ? ` · undone after ${undoneAfter.map(code).join(', ')}` : '';
  return [
    `### ${id}`,
    '',
    `**${title}** · ${noun(targetKind)} · ${undo}${by}${after}`,
    '',
    `- Costs: ${consequence}`,
    `- Protects: ${protects}`,
    ...(recovery === undefined ? [] : [`- No restore puts it back: ${recovery}`]),
    ...(reinforces.length > 0
      ? [
          `- Only repeats more strongly, so people may leave it undone where it holds: ${reinforces.map(code).join(', ')}`,
        ]
      : []),
    ...permissions.read.map((one) => `- Reads: ${statementText(one)}`),
    ...permissions.write.map((one) => `- Writes: ${statementText(one)}`),
    '',
  ];
}

function collectorText({
  id,
  title,
  targetKinds: kinds,
  gate,
  limitSeconds,
  again,
  permissions,
}: CollectorManifest): string[] {
  const when = gate === 'before' ? 'before containment' : 'beside containment';
  const later = again.length > 0 ? ` · again after ${again.join(' and ')}` : '';
  return [
    `### ${id}`,
    '',
    `**${title}** · ${kinds.map(noun).join(', ')} · ${when}, at most ${limitSeconds} s${later}`,
    '',
    ...permissions.map((one) => `- Reads: ${statementText(one)}`),
    '',
  ];
}

function statementText({ actions, resources, conditions }: Statement): string {
  const only = conditions ? `, if ${code(JSON.stringify(conditions))}` : '';
  return `${actions.map(code).join(', ')} on ${resources.map(code).join(', ')}${only}`;
}

if (import.meta.main) {
  await writeFile(catalogueFile, catalogueText(await readCatalogue()));
  for (const file of ['docs/catalogue.md', ...(await writeSchemas())]) process.stdout.write(`${file}\n`);
}
