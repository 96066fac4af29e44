import { Foreseen } from '../core/errors.ts';
import { type Target, targetKey } from '../core/target.ts';
import type { Action, Departures } from './action.ts';
import { isAnswer } from './aws-error.ts';
import { baselineOf, baselinesOf } from './baseline.ts';
import type { Catalogue } from './catalogue.ts';
import { actionOf } from './code.ts';
import { member } from './member.ts';
import type { Platform } from './platform.ts';

/** An action that puts something back, with its id and what it may read. */
export interface Surveyor {
  id: string;
  action: Action & Required<Pick<Action, 'survey'>>;
  session(target: Target, incident: string): ReturnType<typeof member>;
}

/** Every action that has a survey. */
export async function surveyors(platform: Platform, catalogue: Catalogue): Promise<Surveyor[]> {
  const found: Surveyor[] = [];
  for (const [id, { permissions, through }] of Object.entries(catalogue.actions)) {
    const action = await actionOf(id, catalogue);
    const { survey } = action;
    if (!survey) continue;
    found.push({
      id,
      action: { ...action, survey },
      session: async (target, incident) =>
        member(platform, 'observer', target, incident, {
          statements: permissions.read,
          through,
          baseline: await baselineOf(platform, action, id, target),
        }),
    });
  }
  return found;
}

/** What this action could put back of an account in one Region: what is there now. */
export async function surveyed(by: Surveyor, account: string, region: string, incident: string): Promise<Target[]> {
  const here: Target = { kind: 'account-region', id: region, account, region };
  return by.action.survey(await by.session(here, incident));
}

/** Compares what was recorded of an account, and what else it has in one Region, with what is there now. */
export async function departuresOf(
  platform: Platform,
  incident: string,
  { account, region }: Pick<Target, 'account' | 'region'>,
): Promise<Departures> {
  const seen: Departures = { looked: 0, found: [], gaps: [] };
  const recorded = await baselinesOf(platform, account);
  for (const by of await surveyors(platform, await platform.catalogue())) {
    const known = recorded.filter((r) => r.action === by.id).map((r) => r.target);
    const now = await answered(() => surveyed(by, account, region, incident), `${by.id} in ${region}`, seen);
    const targets = new Map([...known, ...(now ?? [])].map((t) => [targetKey(t), t]));
    for (const target of targets.values())
      await answered(() => compare(by, target, incident, seen), `${by.id} of ${target.id}`, seen);
  }
  return seen;
}

async function compare(by: Surveyor, target: Target, incident: string, seen: Departures): Promise<void> {
  const account = await by.session(target, incident);
  const { state } = await by.action.capture(target, account);
  const after = by.action.intend(state, target, account.now());
  seen.looked += 1;
  if (!by.action.verify(state, target, after).safe)
    seen.found.push({ target, action: by.id, lines: by.action.describe(state, after) });
}

/** What one read gives; what the domain foresees and what AWS refuses becomes a gap, so that the others are still looked at. */
async function answered<T>(read: () => Promise<T>, what: string, { gaps }: Departures): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Foreseen) gaps.push(`${what}: ${error.message}`);
    else if (isAnswer(error)) gaps.push(`${what}: AWS answered ${error.name}`);
    else throw error;
    return undefined;
  }
}
