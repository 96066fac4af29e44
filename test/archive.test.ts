import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ObjectVersion } from '../drills/aws/s3/bucket.ts';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import { broken } from '../lambdas/core/chain.ts';
import { canonical, sha256 } from '../lambdas/core/json.ts';
import { records } from '../lambdas/platform/records.ts';
import { bucket, clockPerTest, custody, heads, publicBuckets, region, rehearse, settings, ticks } from './arrivals.ts';

clockPerTest();

async function answered(fault?: Parameters<typeof rehearse>[0]): Promise<Rehearsal> {
  const drill = await rehearse({ approvesAfter: 5, ...fault });
  drill.deliver(publicBuckets('one', [bucket]));
  await drill.settle();
  await ticks(drill, 1);
  return drill;
}

const vaultOf = (drill: Rehearsal) => {
  const name = drill.deployment.functions.get('tourniquet-archive')?.environment.VAULT_BUCKET ?? '';
  const vault = drill.world.bucket(name);
  if (!vault) throw new Error(`there is no vault ${name}`);
  return vault;
};

/** Every entry of the chains as the table has it, by the name that it must have in the vault. */
const entries = (drill: Rehearsal) =>
  [...drill.deployment.tables.values()]
    .flatMap((table) => table.snapshot().map((item) => unmarshall(item)))
    .filter(({ sk }) => /^(?:TIMELINE|CUSTODY)#/.test(sk))
    .map(({ pk, sk, record }): [string, unknown] => [
      `incidents/${pk.slice('INCIDENT#'.length)}/${sk.replace('#', '/').toLowerCase()}-${(record as { hash: string }).hash}.json`,
      record,
    ]);

const text = (version: ObjectVersion | undefined) => Buffer.from(version?.body ?? '').toString('utf8');

function expectArchived(drill: Rehearsal) {
  const vault = vaultOf(drill);
  const expected = entries(drill);
  expect(expected.length).toBeGreaterThan(20);
  for (const [name, record] of expected) {
    const versions = vault.objects.get(name) ?? [];
    expect(versions, name).toHaveLength(1);
    expect(text(versions[0])).toBe(canonical(record));
  }
  const archived = [...vault.objects.keys()].filter((name) =>
    /\/(?:timeline|custody)\/\d{6}-[0-9a-f]{64}\.json$/.test(name),
  );
  expect(archived.sort()).toEqual(expected.map(([name]) => name).sort());
}

describe('the vault', () => {
  it('has every entry of the timeline and of custody, byte for byte, from which the chains follow without the table', async () => {
    const drill = await answered();
    expectArchived(drill);
    const [head] = heads(drill);
    for (const chain of ['timeline', 'custody'] as const) {
      const archived = [...vaultOf(drill).objects]
        .filter(([name]) => name.startsWith(`incidents/${head?.id}/${chain}/`))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, versions]) => JSON.parse(text(versions[0])));
      const read = archived.map((entry) => records[chain].read(entry));
      expect(broken<object>(read)).toBeUndefined();
      expect(read.at(-1)?.hash).toBe(head?.chains[chain].hash);
      expect(broken<object>(read.toSpliced(0, 1))).toBeDefined();
      expect(broken<object>(read.map((e, n) => (n === 0 ? { ...e, by: 'somebody' } : e)))).toBeDefined();
    }
  });

  it('has what custody names, with the bytes and the hash that custody says', async () => {
    const drill = await answered();
    expect(custody(drill)).toHaveLength(2);
    for (const { object, bytes, sha256: hash } of custody(drill)) {
      const body = vaultOf(drill).objects.get(object)?.at(-1)?.body ?? new Uint8Array();
      expect([body.byteLength, sha256(body)]).toEqual([bytes, hash]);
    }
  });

  it('loses nothing when the archive stops, again and again', async () => {
    let calls = 0;
    const drill = await answered({
      fault: (call) => {
        if (call.function !== 'tourniquet-archive') return undefined;
        calls += 1;
        return calls % 8 === 1 ? 'stop before' : calls % 8 === 2 ? 'stop after' : undefined;
      },
    });
    expect(calls).toBeGreaterThan(24);
    expectArchived(drill);
    expect(drill.deadLetters).toEqual([]);
  });

  it('locks every object for the years of the settings', async () => {
    const drill = await answered();
    const years = settings.evidence.retentionYears;
    for (const [name, versions] of vaultOf(drill).objects) {
      const [version] = versions;
      expect(version?.retention?.mode, name).toBe('GOVERNANCE');
      const until = version?.retention?.until;
      const days = until?.since(version?.modified ?? until).total('days') ?? 0;
      expect(Math.round(days), name).toBeGreaterThanOrEqual(years * 365);
    }
  });
});

describe('what is in the vault', () => {
  let drill: Rehearsal;
  let names: string[];
  beforeAll(async () => {
    drill = await answered();
    names = [...drill.deployment.functions.keys()];
  });

  it('can be overwritten or deleted by no function, nor by a member role', async () => {
    const vault = vaultOf(drill);
    const [Key = '', [version] = []] = [...vault.objects][0] ?? [];
    const before = text(version);
    const roles = [...names.map((n) => drill.deployment.functions.get(n)?.roleArn ?? '')];
    const members = settings.accounts.members.flatMap((m) =>
      [...(drill.world.accounts.get(m.id)?.roles.values() ?? [])].map((r) => r.arn),
    );
    expect(roles.length).toBeGreaterThan(9);
    for (const role of [...roles, ...members]) {
      const s3 = drill.aws.client(S3Client, { region, credentials: drill.world.roleCredentials(role, 'attempt') });
      const named = { Bucket: vault.name, Key };
      const attempts = [
        new PutObjectCommand({ ...named, Body: 'other' }),
        new PutObjectCommand({ ...named, Body: 'other', IfNoneMatch: '*' }),
        new DeleteObjectCommand(named),
        new DeleteObjectCommand({ ...named, VersionId: version?.versionId }),
        new DeleteObjectCommand({ ...named, VersionId: version?.versionId, BypassGovernanceRetention: true }),
      ];
      for (const attempt of attempts)
        await expect(s3.send(attempt as PutObjectCommand), `${role} ${attempt.constructor.name}`).rejects.toThrow();
    }
    const after = vaultOf(drill).objects.get(Key);
    expect(after?.map(text)).toEqual([before]);
  });
});
