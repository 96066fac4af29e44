import { DrillClock } from '../drills/engine/clock.ts';
import { Rehearsal } from '../drills/engine/rehearsal.ts';
import { templates } from '../drills/engine/templates.ts';
import { warm } from '../drills/engine/warm.ts';
import { readFileSync } from 'node:fs';
import { settings as S } from '../lambdas/core/settings.ts';
import { edited } from '../lambdas/sources/samples/load.ts';
const settings = S.parse(JSON.parse(readFileSync(new URL('../settings.example.json', import.meta.url), 'utf8')));
await warm();
const stacks = await templates(settings);
for (let i = 0; i < 12; i++) {
  const t = performance.now();
  const clock = new DrillClock('2026-11-20T03:16:00Z');
  const drill = new Rehearsal({ clock, settings, templates: stacks, seed: (w) => { w.account('111122223333').addBucket({ name: 'northwind-patient-records', region: 'us-east-1', policy: { Version: '2012-10-17', Statement: [{Sid:'x',Effect:'Allow',Principal:'*',Action:'s3:GetObject',Resource:'arn:aws:s3:::northwind-patient-records/*'}] } }); } });
  const a = performance.now();
  drill.deliver(edited('public-bucket.guardduty-eventbridge', { account: '222222222222' }));
  await drill.settle();
  console.log(a - t, performance.now() - a);
  clock.uninstall();
}
