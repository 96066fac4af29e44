import { it } from 'vitest';
import { clockPerTest, event, heads, rehearse, ticks } from './arrivals.ts';
clockPerTest();
it('x', async () => {
  for (let i = 0; i < 5; i++) {
  const t = performance.now();
  const drill = await rehearse({ approvesAfter: 20 });
  const a = performance.now();
  drill.deliver(event('public-bucket.guardduty-eventbridge'));
  await drill.settle();
  const b = performance.now();
  await ticks(drill, 2);
  console.log(a - t, b - a, performance.now() - b, heads(drill)[0]?.status);
  }
});
