import { z } from 'zod';
import { type ApprovalRequest, askedAt, look, subjectText } from '../core/approval.ts';
import { lambda } from '../platform/handler.ts';
import { amendIncident, headOf, listOf, retried } from '../platform/incidents.ts';
import { at } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import { keys, records } from '../platform/records.ts';
import { settleStep } from '../platform/standing.ts';
import { Table } from '../platform/table.ts';
import { tellPeople } from '../platform/tell.ts';

const of = { incident: z.string(), approval: z.string() };
const input = z.discriminatedUnion('op', [
  z.object({ op: z.literal('look'), ...of }),
  z.object({ op: z.literal('ask'), ...of, token: z.string() }),
]);

/** Asks people and reads their decisions. What a callback carries is never looked at (invariant 11). */
export const { build, handler } = lambda(
  'approve',
  input,
  async (event, platform): Promise<unknown> => (event.op === 'ask' ? ask(event, platform) : lookAt(event, platform)),
);

async function read(table: Table, incident: string, approval: string) {
  const key = keys.approval(incident, approval);
  const item = await table.get(key);
  if (!item) throw new Error(`there is no approval ${approval}`);
  return { key, rev: item.rev, request: records.approval.read(item.record) };
}

async function lookAt({ incident, approval }: { incident: string; approval: string }, platform: Platform) {
  const table = new Table(platform);
  const { request } = await read(table, incident, approval);
  if (request.outcome) return { outcome: request.outcome, onTimeout: request.onTimeout };
  const decisions = await listOf(table, incident, `DECISION#${approval}#`, records.decision);
  const seen = look(request, decisions, platform.now());
  if (seen.outcome === 'ask') return { outcome: 'ask', waitSeconds: seen.waitSeconds, onTimeout: request.onTimeout };
  const who = seen.by.length > 0 ? ` by ${seen.by.join(' and ')}` : '';
  const meaning =
    seen.outcome === 'timed-out'
      ? `; nobody answered in time, so it ${request.onTimeout === 'proceed' ? 'proceeds' : 'is held'}`
      : '';
  await amendIncident(platform, incident, async (_head, current) => {
    const now = await read(current, incident, approval);
    if (now.request.outcome) return undefined;
    const { token: _spent, ...kept } = now.request;
    return {
      writes: [{ key: now.key, record: records.approval.write({ ...kept, outcome: seen.outcome }), was: now.rev }],
      timeline: [
        {
          event: at(platform),
          kind: 'approval',
          by: 'approve',
          text: `${seen.outcome}${who}: ${subjectText(request)}${meaning}`,
          about: now.key.sk,
        },
      ],
    };
  });
  return { outcome: seen.outcome, onTimeout: request.onTimeout };
}

/** Keeps the callback token, and tells whoever the order says is now to be asked and has not been told yet. */
async function ask(
  { incident, approval, token }: { incident: string; approval: string; token: string },
  platform: Platform,
) {
  const table = new Table(platform);
  const request = await noted(table, incident, approval, { token });
  const decisions = await listOf(table, incident, `DECISION#${approval}#`, records.decision);
  const seen = look(request, decisions, platform.now());
  // whoever decided before the token was stored could wake nobody: the machine looks again soon
  if (request.outcome || seen.outcome !== 'ask') throw new Error(`approval ${approval} was decided meanwhile`);
  if (request.subject.kind === 'step')
    await settleStep(platform, incident, {
      plan: request.subject.plan,
      step: request.subject.step,
      outcome: 'waiting',
      why: `people are asked (${approval})`,
      by: 'approve',
    });
  const told = askedAt(request, seen.level);
  if (told <= request.told) return { asked: request.told };
  const { head } = await headOf(table, incident);
  await tellPeople(platform, head, {
    ...(request.subject.kind === 'notice'
      ? { targets: [], about: `notice ${request.subject.notice}` }
      : { targets: [request.subject.target] }),
    happened: request.subject.title,
    asked: [
      request.consequence,
      ...request.asks,
      ...request.shows,
      ...request.losses.map((loss) => `loses: ${loss}`),
      `if nobody answers: ${request.onTimeout === 'proceed' ? 'it is done' : 'nothing is done'}`,
      `tourniquet approve ${incident} ${approval}`,
    ],
    until: request.expiresAt,
    ...(request.deciders ? { to: request.deciders } : { people: told }),
  });
  // only now: whoever could not be told is told at the next try
  await noted(table, incident, approval, { told });
  return { asked: told };
}

/** Adds to an approval that is not decided yet. */
async function noted(
  table: Table,
  incident: string,
  approval: string,
  more: Pick<ApprovalRequest, 'token'> | Pick<ApprovalRequest, 'told'>,
): Promise<ApprovalRequest> {
  return retried(async () => {
    const { key, rev, request } = await read(table, incident, approval);
    if (request.outcome) return request;
    const next = { ...request, ...more };
    await table.write([{ key, record: records.approval.write(next), was: rev }]);
    return next;
  });
}
