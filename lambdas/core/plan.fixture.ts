import { type ActionManifest, actionManifest, collectorManifest, playbook } from './manifest.ts';
import { type Catalogue, nextPlan, type Plan, type PlanInput } from './plan.ts';
import { type Settings, settings as settingsSchema } from './settings.ts';
import { type Target, targetKey } from './target.ts';

/** A small catalogue, and plans drawn from it: for tests. */
export const account = '111122223333';
export const clinic = { id: account, alias: 'clinic', phi: 'no' };
export const at = (kind: Target['kind'], id: string, more: Partial<Target> = {}): Target => ({
  kind,
  id,
  account,
  region: 'us-east-1',
  ...more,
});
export const bucket = at('s3-bucket', 'records');
export const key = at('iam-access-key', 'AKIAIOSFODNN7EXAMPLE');
export const user = at('iam-user', 'etl');

export const action = (id: string, targetKind: Target['kind'], more: Partial<ActionManifest> = {}) =>
  actionManifest.parse({
    id,
    title: id,
    phase: 'RS.MI-01',
    targetKind,
    reversible: true,
    consequence: 'something stops',
    protects: 'something',
    permissions: { read: [], write: [] },
    ...more,
  });
export const collector = (id: string, targetKinds: Target['kind'][]) =>
  collectorManifest.parse({ id, title: id, targetKinds, gate: 'beside', limitSeconds: 60, permissions: [] });

export const publicBucket = playbook.parse({
  id: 'public-bucket',
  title: '',
  summary: '',
  match: [
    { product: 'guardduty', types: ['Policy:S3/Anonymous'], confidence: 'confirmed' },
    { product: 'guardduty', types: ['Policy:S3/*'], confidence: 'suspected' },
  ],
  stages: [
    [{ action: 'block', approval: 'none', onTimeout: 'proceed' }],
    [{ action: 'ungrant', approval: 'one', onTimeout: 'hold' }],
  ],
  evidence: ['configuration'],
  presumption: 'breach',
});
export const leakedKey = playbook.parse({
  id: 'leaked-key',
  title: '',
  summary: '',
  match: [{ product: 'guardduty', types: ['Credential:*'], confidence: 'confirmed' }],
  stages: [
    [
      { action: 'deny', approval: 'none', onTimeout: 'proceed' },
      { action: 'deactivate', approval: 'none', onTimeout: 'proceed' },
    ],
  ],
  evidence: ['activity'],
  presumption: 'unknown',
});
export const fallback = playbook.parse({ ...publicBucket, id: 'unrecognised', match: [], stages: [], fallback: true });
export const catalogue: Catalogue = {
  actions: {
    block: action('block', 's3-bucket'),
    ungrant: action('ungrant', 's3-bucket'),
    deny: action('deny', 'iam-user', { renewedBy: ['iam-access-key'] }),
    deactivate: action('deactivate', 'iam-access-key'),
  },
  collectors: {
    configuration: collector('configuration', ['s3-bucket']),
    activity: collector('activity', ['iam-access-key']),
  },
  playbooks: { 'public-bucket': publicBucket, 'leaked-key': leakedKey, unrecognised: fallback },
};

export const settings = (
  more: Partial<Settings> = {},
  mode: Settings['accounts']['members'][number]['mode'] = 'contain-confirmed',
) =>
  settingsSchema.parse({
    schemaVersion: 1,
    homeRegion: 'us-east-1',
    accounts: { response: '222222222222', forensic: '333333333333', members: [{ ...clinic, mode }] },
    onCall: [{ name: 'M', email: 'm@example.com', principal: 'arn:aws:iam::222222222222:role/on-call' }],
    mail: { from: 't@example.com', consoleUrl: 'https://example.com' },
    ...more,
  });

export const input = (more: Partial<PlanInput> = {}): PlanInput => {
  const { named = [bucket], answer = { playbooks: [publicBucket], confidence: 'confirmed' } } = more;
  return {
    incident: 'A',
    answer,
    reach: (_playbook, t) => (named.some((n) => targetKey(n) === targetKey(t)) ? answer.confidence : undefined),
    severity: 'high',
    named,
    found: [],
    previous: [],
    settings: settings(),
    catalogue,
    because: 'a finding',
    now: '2026-11-21T02:00:00.000Z',
    ...more,
  };
};
export const plan = (more: Partial<PlanInput> = {}): Plan => {
  const drawn = nextPlan(input(more));
  if (!drawn) throw new Error('no plan was drawn');
  return drawn;
};
export const inShort = (p: Plan) => p.steps.map((s) => [s.action, s.target.id, s.approval, s.onTimeout]);
