import { unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import finding from '../drills/scenarios/sensitive-data-found/finding.json' with { type: 'json' };
import scenario from '../drills/scenarios/sensitive-data-found/scenario.ts';
import { changes, clockPerTest, heads, rehearse, says, ticks } from './arrivals.ts';

clockPerTest();

const { key } = finding.detail.resourcesAffected.s3Object;

describe('the key of an object that Macie names', () => {
  it('is in no record, log, metric, execution, mail or topic, and in no name in the vault, from the finding to the undo', async () => {
    const drill = await rehearse({ seed: (world) => scenario.seed(world), approvesAfter: 30 });
    // and one that cannot be read, which is refused and logged
    const refused = { ...finding, id: 'unreadable', detail: { ...finding.detail, id: key, createdAt: key } };
    for (const event of [...scenario.events(drill), refused]) expect(drill.deliver(event)).toBe(true);
    await drill.settle();
    await says(drill, { decision: 'restore', incident: heads(drill)[0]?.id ?? '', reason: 'a rehearsal of the undo' });
    await drill.settle();
    await ticks(drill, 2);
    const made = changes(drill);
    expect(made.map((c) => [c.action, c.state])).toEqual(
      expect.arrayContaining([
        ['quarantine-object', 'undone'],
        ['remove-public-bucket-grants', 'undone'],
      ]),
    );

    const { mailed, published } = drill.deployment.outbox;
    const vaults = [...drill.world.accounts.values()].flatMap((a) =>
      [...a.buckets.values()].filter((b) => b.name.startsWith('tourniquet-')),
    );
    const sinks = {
      table: [...drill.deployment.tables.values()].flatMap((t) => t.snapshot().map((item) => unmarshall(item))),
      logs: drill.logged,
      metrics: drill.metrics,
      executions: drill.engine.executions,
      mailed,
      published,
      vaultNames: vaults.flatMap((b) => [...b.objects.keys()]),
    };
    const parts = [
      key,
      ...key.split(/[/.-]/).filter((part) => part.length > 3 && !/^\d+$/.test(part) && part !== 'exports'),
    ];
    expect(parts).toEqual([key, 'jane', 'oncology']);
    for (const [sink, content] of Object.entries(sinks)) {
      const text = JSON.stringify(content);
      expect(text.length, sink).toBeGreaterThan(10);
      expect(
        parts.filter((part) => text.includes(part)),
        sink,
      ).toEqual([]);
    }
    // the raw event itself is kept, in the vault only
    const bodies = vaults.flatMap((b) => [...b.objects.values()].flat().map((v) => Buffer.from(v.body).toString()));
    expect(bodies.some((body) => body.includes(key))).toBe(true);
  });
});
