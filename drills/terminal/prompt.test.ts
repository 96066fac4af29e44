import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { ApprovalRequest } from '../../lambdas/core/approval.ts';
import type { Reaction } from '../engine/scenario.ts';
import { askAtPrompt } from './prompt.ts';

const people = ['Mara', 'Tomas'].map((name) => ({
  name,
  email: `${name}@example.com`,
  principal: `arn:aws:iam::222222222222:user/${name}`,
}));
const request = { id: 'p1-s1-q1', requester: people[0]?.principal } as ApprovalRequest;
const scripted: Reaction = { after: 48, person: 1, decision: 'approve', reason: 'as the script says' };
const [up, down, enter, interrupt] = ['\u001b[A', '\u001b[B', '\r', '\u0003'];

/** Asks with these keys pressed, or with nobody there. */
async function answered(keys: string[], script: Reaction | undefined, patienceSeconds = 60) {
  const input = new PassThrough();
  const output = new PassThrough().resume();
  const interrupted = () => {
    throw new Error('interrupted');
  };
  const answer = askAtPrompt(
    request,
    script,
    { onCall: people, entities: [] },
    { input, output, patienceSeconds, interrupted },
  );
  await new Promise((resolve) => output.once('data', resolve));
  for (const key of keys) input.write(key);
  return answer;
}

describe('the prompt', () => {
  it("takes the script's answer for Enter", async () => {
    expect(await answered([enter], scripted)).toEqual(scripted);
  });

  it('takes another answer, as the person whom the script names', async () => {
    expect(await answered([down, enter], scripted)).toEqual({
      after: 48,
      person: 1,
      decision: 'decline',
      reason: 'decided at the prompt of the drill',
    });
  });

  it('lets nobody answer', async () => {
    expect(await answered([down, down, enter], scripted)).toBeUndefined();
  });

  it("goes on with the script's answer when nobody touches a key", async () => {
    expect(await answered([], scripted, 0)).toEqual(scripted);
  });

  it('never lets who asked be who approves', async () => {
    expect(await answered([up, up, enter], undefined)).toMatchObject({ person: 1, decision: 'approve' });
  });

  it('ends for Ctrl-C', async () => {
    await expect(answered([interrupt], scripted)).rejects.toThrow('interrupted');
  });
});
