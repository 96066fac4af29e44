import { expect, it } from 'vitest';
import { approvals, chainsWhole, changes, clockPerTest, event, executions, findings, heads, plans, rehearse, steps, timeline, custody, ticks } from './arrivals.ts';
clockPerTest();
it('x', async () => {
  const calls: Record<string, number> = {};
  const t = performance.now();
  const drill = await rehearse({ approvesAfter: 20, fault: (c) => { calls[c.function] = (calls[c.function] ?? 0) + 1; return undefined; } });
  console.log('made', performance.now() - t);
  console.log(drill.deliver(event('public-bucket.guardduty-eventbridge')));
  await drill.settle();
  console.log('settled', performance.now() - t);
  await ticks(drill, 2);
  console.log('ticked', performance.now() - t);
  console.log(calls, heads(drill), changes(drill).length, timeline(drill).map((e) => `${e.recorded} ${e.kind} ${e.by} ${e.text}`), chainsWhole(drill), drill.logged, drill.engine.executions.map(e => e.name + ' ' + e.status));
});
