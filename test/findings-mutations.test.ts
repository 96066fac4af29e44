import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Deployment, type Preview, preview, type Unreadable } from '../bin/preview.ts';
import { readSettings } from '../bin/settings.ts';
import { memberAccount, type Settings } from '../lambdas/core/settings.ts';
import { target, targetKey } from '../lambdas/core/target.ts';
import { readCatalogue } from '../lambdas/platform/catalogue.ts';
import { sample, sampleNames } from '../lambdas/sources/samples/load.ts';

const root = join(import.meta.dirname, '..');
const collected = join(root, '../shared/findings');
const files = existsSync(collected) ? globSync(`${collected}/*/*.json`).sort() : [];
/** Every finding as text: our own, and those of other projects where they are at hand. */
const texts = [
  ...sampleNames.map((name) => JSON.stringify(sample(name))),
  ...files.map((file) => JSON.stringify(JSON.parse(readFileSync(file, 'utf8')))),
];

const seed = Number(process.env.FINDINGS_SEED ?? Date.now() % 0x7fffffff);
const runs = Number(process.env.FINDINGS_RUNS ?? 20_000);

/** Mulberry32, a public-domain generator: one seed, one run. */
function generator(state: number): (below: number) => number {
  let a = state >>> 0;
  return (below) => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}
type Random = ReturnType<typeof generator>;

/** What somebody may write into a name, a tag or a type. */
const hostile: unknown[] = [
  ...[
    '',
    ' ',
    '*',
    '../../etc/passwd',
    '$' + '{jndi:ldap://x}',
    "'; DROP TABLE cases;--",
    '<img src=x onerror=alert(1)>',
  ],
  ...[
    '\u0000',
    '\n\r\u001b[31m',
    '\u202egnp.exe',
    'ｉ-0123456789abcdef0',
    'i-0123456789abcdef0\n',
    '__proto__',
    'constructor',
  ],
  ...[
    'arn:aws:s3:::',
    'arn:aws:s3:::b/../c',
    'arn:aws:iam::999988887777:role/x',
    'arn:aws:iam::111122223333:role/aws-service-role/x/y',
  ],
  ...[
    'tourniquet-responder',
    'AWSServiceRoleForConfig',
    'ANONYMOUS_PRINCIPAL',
    'AKIA',
    'ASIAIOSFODNN7EXAMPLE',
    'root',
    'null',
    'undefined',
  ],
  ...[
    'Policy:S3/*',
    'Policy:S3/BucketAnonymousAccessGranted',
    'AttackSequence:S3/CompromisedData',
    'S3.2',
    'AWS_RISK_CREDENTIALS_EXPOSED',
  ],
  ...['111122223333', '000000000000', '1234567891234', 'us-east-1', 'global', 'eu-west-1; rm', 'x'.repeat(5000)],
  ...[0, -1, 1.5, 1e308, true, false, null, [], {}, [[]], [null], { name: 'b' }, [{ name: 'b' }], { toString: 1 }],
];

interface Place {
  holder: object;
  key: string;
}

function placesIn(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const key of Object.keys(value)) {
    found.push({ holder: value, key });
    placesIn(Reflect.get(value, key), found);
  }
  return found;
}

function put(holder: object, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function retyped(value: unknown, random: Random): unknown {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return [text, Number(text), [value], { value }, text === 'true', null][random(6)];
}

const changed = (key: string, random: Random) =>
  [key.toUpperCase(), key.toLowerCase(), key.charAt(0).toUpperCase() + key.slice(1), `${key}s`, '__proto__', 'x'][
    random(6)
  ] ?? key;

/** Every field of every finding, to be swapped into another. */
const places = texts.map((text) => {
  const all = placesIn(JSON.parse(text));
  return { all, byKey: Map.groupBy(all, ({ key }) => key.toLowerCase()) };
});

const ways: Record<string, (place: Place, random: Random) => void> = {
  missing: ({ holder, key }) => void Reflect.deleteProperty(holder, key),
  renamed({ holder, key }, random) {
    const value: unknown = Reflect.get(holder, key);
    Reflect.deleteProperty(holder, key);
    put(holder, changed(key, random), value);
  },
  doubled({ holder, key }, random) {
    const copy: unknown = structuredClone(Reflect.get(holder, key));
    if (Array.isArray(holder)) holder.push(copy);
    else put(holder, changed(key, random), copy);
  },
  retyped: ({ holder, key }, random) => put(holder, key, retyped(Reflect.get(holder, key), random)),
  swapped({ holder, key }, random) {
    const others = places[random(places.length)] ?? { all: [], byKey: new Map<string, Place[]>() };
    const alike = others.byKey.get(key.toLowerCase());
    const pool = alike && random(4) > 0 ? alike : others.all;
    const from = pool[random(Math.max(pool.length, 1))];
    if (from) put(holder, key, structuredClone(Reflect.get(from.holder, from.key)));
  },
  hostile: ({ holder, key }, random) => put(holder, key, structuredClone(hostile[random(hostile.length)])),
};

/** One mutated event, as text, and how it was made. */
function mutation(random: Random): { text: string; how: string[] } {
  // half of them ours, as they are of every product and most of them are answered
  const from = random(random(2) === 0 ? sampleNames.length : texts.length);
  const event: unknown = JSON.parse(texts[from] ?? '{}');
  const how = [`event ${from}`];
  for (let n = 1 + random(4); n > 0; n -= 1) {
    const fields = placesIn(event);
    const place = fields[random(Math.max(fields.length, 1))];
    if (!place) break;
    const way = Object.keys(ways)[random(6)] ?? 'missing';
    ways[way]?.(place, random);
    how.push(`${way} ${place.key}`);
  }
  return { text: JSON.stringify(event), how };
}

/** Every account that a finding may be of, so that steps are drawn for all of them. */
async function deployment(): Promise<Deployment> {
  const settings = await readSettings(join(root, 'settings.example.json'));
  const known = new Set(settings.accounts.members.map(({ id }) => id));
  const seen = [...new Set(texts.flatMap((text) => text.match(/(?<!\d)\d{12}(?!\d)/g) ?? []))].filter(
    (id) => !known.has(id),
  );
  const members = seen.map((id) => memberAccount.parse({ id, alias: `a-${id}`, phi: 'no', mode: 'contain-suspected' }));
  const accounts: Settings['accounts'] = { ...settings.accounts, members: [...settings.accounts.members, ...members] };
  const now = '2026-11-22T06:00:00.000Z';
  return { settings: { ...settings, accounts }, catalogue: await readCatalogue(), samples: true, now };
}

/** What must not be about an answer, or undefined. Plain comparisons: expect() twenty thousand times is most of the time. */
function wrong(one: Preview | Unreadable, { catalogue }: Deployment): string | undefined {
  // `could not be read` is the reader's last resort: every refusal is to be foreseen
  if ('error' in one) return one.field === '' || one.error.includes('could not be read') ? one.error : undefined;
  const about = [...one.targets, ...[...one.steps, ...one.evidence, ...one.withheld].map((each) => each.target)];
  const invalid = about.find((t) => !target.safeParse(t).success);
  if (invalid) return `${JSON.stringify(invalid)} is no valid target`;
  const named = new Set(one.targets.map(targetKey));
  for (const step of one.steps) {
    const what = `${step.action} on ${targetKey(step.target)}`;
    if (catalogue.actions[step.action]?.targetKind !== step.target.kind) return `${what}: not its kind`;
    // in one input a later finding may join an earlier one's incident, whose targets are its own
    if (one.disposition === 'respond' && !named.has(targetKey(step.target))) return `${what}: nothing names it`;
  }
  const blind = one.evidence.find((e) => !catalogue.collectors[e.collector]?.targetKinds.includes(e.target.kind));
  if (blind) return `${blind.collector} on ${targetKey(blind.target)}: not its kind`;
  const contains = one.steps.length > 0 && one.disposition !== 'attach';
  const shownOnly = one.disposition === 'ignore' || one.finding.product.includes('/');
  return contains && shownOnly ? `contained from a finding of ${one.finding.product}, which is only shown` : undefined;
}

it(`${runs} findings that nobody has seen never crash, and never act on what has no valid name (FINDINGS_SEED=${seed})`, async () => {
  const deployed = await deployment();
  const random = generator(seed);
  let [read, acted] = [0, 0];
  for (let n = 0; n < runs; n += 1) {
    const { text, how } = mutation(random);
    try {
      const shown = preview(text, deployed);
      const wrongs = shown.map((one) => wrong(one, deployed)).filter((each) => each !== undefined);
      if (shown.length === 0 || wrongs.length > 0) throw new Error(wrongs[0] ?? 'no answer at all');
      read += Number(shown.some((one) => 'targets' in one));
      acted += Number(shown.some((one) => 'steps' in one && one.steps.length > 0));
    } catch (error) {
      throw new Error(`FINDINGS_SEED=${seed}, mutation ${n} (${how.join(', ')}): ${error}\n${text.slice(0, 4000)}`);
    }
  }
  // mutations that are all refused, or never acted on, would prove nothing
  expect(read).toBeGreaterThan(runs / 4);
  expect(acted).toBeGreaterThan(runs / 20);
}, 60_000);
