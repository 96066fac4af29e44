import { Foreseen, Hindered } from '../core/errors.ts';
import type { Target } from '../core/target.ts';
import { isAnswer } from '../platform/aws-error.ts';
import { holderOf, keepBaseline } from '../platform/baseline.ts';
import { type Surveyor, surveyed, surveyors } from '../platform/departures.ts';
import { member } from '../platform/member.ts';
import type { Platform } from '../platform/platform.ts';
import { regionsOf } from '../platform/regions.ts';

/** The name that the survey's sessions carry where others carry their incident. */
const incident = 'survey';

export interface Surveyed {
  recorded: number;
  /** targets that are switched off now: the last good record of them stays */
  off: number;
  /** accounts in which an incident is open: their last good records stay */
  held: number;
  failed: number;
}

/** Records every member account, Region by Region; one that cannot be read stops no other. */
export async function survey(platform: Platform): Promise<Surveyed> {
  const [settings, catalogue] = await Promise.all([platform.settings(), platform.catalogue()]);
  const by = await surveyors(platform, catalogue);
  const seen: Surveyed = { recorded: 0, off: 0, held: 0, failed: 0 };
  for (const { id: account } of settings.accounts.members) {
    const holder = await holderOf(platform, account);
    if (holder !== undefined) {
      seen.held += 1;
      platform.log.warn('baseline kept as it was: an incident is open', { account, incident: holder });
      continue;
    }
    const regions = await attempted(platform, seen, account, () => regionsIn(platform, account, settings.homeRegion));
    for (const region of regions ?? [])
      for (const one of by)
        await attempted(platform, seen, account, () => inRegion(platform, one, account, region, seen));
  }
  if (seen.failed > 0) platform.metrics.count('SurveyFailed', seen.failed);
  return seen;
}

/** The home Region, and every other that the account has enabled. */
async function regionsIn(platform: Platform, account: string, home: string): Promise<string[]> {
  const target: Target = { kind: 'aws-account', id: account, account, region: home };
  const statements = [
    { actions: ['account:ListRegions'], resources: ['arn:${partition}:account::${account}:account'] },
  ];
  const { regions, gap } = await regionsOf(await member(platform, 'observer', target, incident, { statements }));
  if (gap !== undefined) platform.log.warn('survey of known Regions only', { account });
  return regions;
}

async function inRegion(platform: Platform, by: Surveyor, account: string, region: string, seen: Surveyed) {
  for (const target of await surveyed(by, account, region, incident))
    await attempted(platform, seen, account, () => record(platform, by, target, seen));
}

async function record(platform: Platform, by: Surveyor, target: Target, seen: Surveyed): Promise<void> {
  const session = await by.session(target, incident);
  // without what was recorded before: only what stands by itself is worth recording
  const { state } = await by.action.capture(target, { ...session, baseline: undefined });
  if (!worthy(by, state, target, platform)) {
    seen.off += 1;
    return;
  }
  // an incident that was opened meanwhile may already have changed what was read
  if ((await holderOf(platform, target.account)) !== undefined) return;
  await keepBaseline(platform, { action: by.id, target, state });
  seen.recorded += 1;
}

/** What the action would switch on even without a record is off now, and nothing to go back to. */
function worthy(
  by: Surveyor,
  state: Awaited<ReturnType<Surveyor['action']['capture']>>['state'],
  target: Target,
  platform: Platform,
) {
  try {
    return by.action.verify(state, target, by.action.intend(state, target, platform.now())).safe;
  } catch (error) {
    if (error instanceof Hindered) return true;
    throw error;
  }
}

async function attempted<T>(platform: Platform, seen: Surveyed, account: string, work: () => Promise<T>) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Foreseen) && !isAnswer(error)) throw error;
    seen.failed += 1;
    platform.log.error('survey could not read', { account, error: error.name });
    return undefined;
  }
}
