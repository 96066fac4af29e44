import { z } from 'zod';
import { NoSuchIncident, Refused } from '../core/errors.ts';
import { InvalidFacts } from '../core/facts.ts';
import { inert } from '../core/inert.ts';
import { peopleOf } from '../core/settings.ts';
import { lambda } from '../platform/handler.ts';
import type { Platform } from '../platform/platform.ts';
import { caseOf } from './case.ts';
import { acknowledge, close, decide, pauseAll, request, restore, type SignedIn, type Words } from './decisions.ts';
import { learnFrom } from './learn.ts';
import { stopNotice } from './notice-stop.ts';
import { draftNotice, noticeShown, sendNotice } from './notices.ts';

/** API Gateway HTTP API, payload 2.0, IAM authorizer: who it is comes from there and never from the body (invariant 11). */
const event = z.looseObject({
  rawPath: z.string(),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().optional(),
  requestContext: z.looseObject({
    http: z.looseObject({ method: z.string() }),
    authorizer: z.looseObject({ iam: z.looseObject({ userArn: z.string() }) }),
  }),
});
type Event = z.infer<typeof event>;

const noticePath = /^\/incidents\/([0-9A-HJKMNP-TV-Z]{26})\/notices\/([a-z0-9.-]+)\/([a-z0-9_]+)$/;

/** Records what a signed-in person decides. GET changes nothing. */
export const { build, handler } = lambda('console', event, async (call, platform) => {
  try {
    const person = await personOf(call, platform);
    const { method } = call.requestContext.http;
    const incident = /^\/incidents\/([0-9A-HJKMNP-TV-Z]{26})$/.exec(call.rawPath)?.[1];
    if (method === 'GET' && incident) return answer(200, await caseOf(platform, incident));
    const [, of, regime, obligation] = noticePath.exec(call.rawPath) ?? [];
    if (method === 'GET' && of && regime && obligation)
      return answer(200, await noticeShown(platform, of, { regime, obligation }));
    if (method === 'POST' && call.rawPath === '/decisions')
      return answer(200, await take(words(call), person, platform));
    return answer(404, {
      error: `there is no ${method} ${call.rawPath}; there are POST /decisions, GET /incidents/{id} and GET /incidents/{id}/notices/{regime}/{obligation}`,
    });
  } catch (error) {
    if (error instanceof NoSuchIncident) return answer(404, { error: error.message });
    if (error instanceof Refused) return answer(403, { error: error.message });
    if (error instanceof InvalidFacts) return answer(400, { error: error.message, field: error.field });
    if (error instanceof z.ZodError) return answer(400, { error: z.prettifyError(error) });
    throw error;
  }
});

async function personOf(call: Event, platform: Platform): Promise<SignedIn> {
  const arn = call.requestContext.authorizer.iam.userArn;
  const settings = await platform.settings();
  const people = peopleOf(settings);
  const person = people.find((p) => p.principal === arn) ?? people.find((p) => isSessionOf(arn, p.principal));
  if (!person)
    throw new Refused(
      `${inert(arn)} is not among the people of the settings (onCall, careCritical contacts, privacy officers, counsel)`,
    );
  return { ...person, signedInAs: arn };
}

/** The authorizer names a role's session (`assumed-role/<role>/<session>`, without the role's path); the settings name the role. */
function isSessionOf(arn: string, principal: string): boolean {
  const [, account, session] = /^arn:[a-z-]+:sts::(\d{12}):assumed-role\/([^/]+)\/[^/]+$/.exec(arn) ?? [];
  const [, owner, role] = /^arn:[a-z-]+:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(principal) ?? [];
  return account !== undefined && account === owner && session === role;
}

function words(call: Event): Words {
  const text = call.isBase64Encoded ? Buffer.from(call.body ?? '', 'base64').toString('utf8') : (call.body ?? '');
  return request.parse(parsed(text));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused('the body is not JSON');
  }
}

async function take(asked: Words, person: SignedIn, platform: Platform): Promise<unknown> {
  switch (asked.decision) {
    case 'approve':
    case 'decline':
      return decide(platform, person, asked);
    case 'restore':
      return restore(platform, person, asked);
    case 'pause':
    case 'resume':
      return pauseAll(platform, person, asked);
    case 'acknowledge':
      return acknowledge(platform, person, asked);
    case 'close':
      return close(platform, person, asked);
    case 'learn':
      return learnFrom(platform, person, asked);
    case 'draft':
      return draftNotice(platform, person, asked);
    case 'send':
      return sendNotice(platform, person, asked);
    case 'stop':
      return stopNotice(platform, person, asked);
  }
}

function answer(statusCode: number, body: unknown) {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(body),
  };
}
