import { expect, it } from 'vitest';
import { clockPerTest, event, heads, plans, rehearse } from './arrivals.ts';

clockPerTest();

const sample = 'control-account.asff-imported';
const control = (id: string) =>
  event(sample, {
    'detail.findings.0.Id': `arn:aws:securityhub:us-east-1:111122223333:security-control/${id}/finding/${id}`,
    'detail.findings.0.GeneratorId': `security-control/${id}`,
    'detail.findings.0.Compliance.SecurityControlId': id,
  });

it('two controls about one Region of one account are two cases, and the same one again is none', async () => {
  const drill = await rehearse();
  for (const id of ['EC2.1', 'CloudTrail.1', 'EC2.1']) {
    drill.deliver(control(id));
    await drill.settle();
  }
  expect(drill.deadLetters).toEqual([]);
  expect(heads(drill).map((head) => head.playbooks)).toEqual([['shared-snapshot'], ['logging-disabled']]);
  const first = plans(drill).filter(({ plan }) => plan.number === 1);
  expect(first.map(({ plan }) => plan.targets.map((t) => `${t.kind}:${t.id}`))).toEqual([
    ['account-region:us-east-1'],
    ['account-region:us-east-1'],
  ]);
});
