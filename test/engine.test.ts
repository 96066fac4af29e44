import { describe, expect, it } from 'vitest';
import type { Synthesised } from '../drills/aws/deploy.ts';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import { templates } from '../drills/engine/templates.ts';
import { bucket, clockPerTest, heads, publicBuckets, rehearse, settings, steps } from './arrivals.ts';

clockPerTest();

/** The templates without one action in the policies of the resources whose logical id matches. Throws when there is no such grant. */
async function without(action: string, where: RegExp): Promise<Synthesised[]> {
  let removed = 0;
  const lacking = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.filter((v) => !denied(v)).map(lacking);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, lacking(v)]));
  };
  const denied = (statement: unknown) => {
    const { Action, Effect } = (statement ?? {}) as { Action?: string | string[]; Effect?: string };
    const grants = Effect === 'Allow' && [Action].flat().includes(action);
    removed += grants ? 1 : 0;
    return grants;
  };
  const stacks = await templates(settings);
  const cut = stacks.map((stack) => {
    const { Resources, ...rest } = stack.template as { Resources: Record<string, object> };
    const resources = Object.entries(Resources).map(([id, r]) => [id, where.test(id) ? lacking(r) : r]);
    return { ...stack, template: { ...rest, Resources: Object.fromEntries(resources) } } as Synthesised;
  });
  if (removed === 0) throw new Error(`no resource that matches ${where} grants ${action}`);
  return cut;
}

/** Everything that went wrong, as logs, steps, executions and the timeline say it. */
function wrong(drill: Rehearsal): string {
  const failures = drill.engine.executions.map((e) => `${e.error ?? ''} ${e.cause ?? ''}`);
  return JSON.stringify([drill.logged, steps(drill), failures, heads(drill)]);
}

describe('a grant that is missing in lib', () => {
  it.each<[string, string, RegExp]>([
    ['the responder may not block public access', 's3:PutBucketPublicAccessBlock', /^Responder/],
    ['the observer may not read the policy', 's3:GetBucketPolicy', /^Observer/],
    ['act may not become the responder', 'sts:AssumeRole', /^Functionact/],
    ['intake may not write records', 'dynamodb:PutItem', /^Functionintake/],
    ['intake may not keep the event', 's3:PutObject', /^Functionintake/],
    ['intake may not start a plan', 'states:StartExecution', /^Functionintake/],
    ['a machine may not invoke its functions', 'lambda:InvokeFunction', /^Machinecontain/],
    ['a machine may not start another', 'states:StartExecution', /^Machinerespond/],
  ])('is a refusal in the drill: %s', async (_what, action, where) => {
    const drill = await rehearse({ approvesAfter: 1, templates: await without(action, where) });
    drill.deliver(publicBuckets('one', [bucket]));
    await drill.settle();
    expect(heads(drill).every((h) => h.status !== 'contained')).toBe(true);
    expect(wrong(drill)).toMatch(/AccessDenied|TargetForeign/);
  });
});
