import type { Line, Readiness } from '../core/readiness.ts';
import type { Target } from '../core/target.ts';
import type { Member } from '../platform/action.ts';
import { member } from '../platform/member.ts';
import { at } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import type { Check, Ground } from './check.ts';
import { checks } from './checks/index.ts';

/** The name that the doctor's sessions carry where others carry their incident. */
const incident = 'doctor';

function groundOf(platform: Platform, settings: Ground['settings'], check: Check): Ground {
  const sessions = new Map<string, Promise<Member>>();
  return {
    platform,
    settings,
    regions: [...new Set([settings.homeRegion, ...settings.regions])],
    observer: ({ id }) => {
      const target: Target = { kind: 'aws-account', id, account: id, region: settings.homeRegion };
      const session =
        sessions.get(id) ?? member(platform, 'observer', target, incident, { statements: check.permissions.member });
      sessions.set(id, session);
      return session;
    },
  };
}

const mend = {
  cost: 'nobody knows whether this holds tonight',
  command: 'aws logs tail /aws/lambda/tourniquet-doctor --since 1h',
};

/** A check that fails or takes too long is a line too, and stops no other. */
async function linesOf(check: Check, ground: Ground, timeUp: Promise<Line[]>): Promise<Line[]> {
  const lines = check.examine(ground).catch((error: unknown): Line[] => {
    const name = error instanceof Error ? error.name : 'unknown error';
    ground.platform.log.error('check failed', { check: check.id, error: name });
    return [{ state: 'unknown', what: `${check.title}: the check itself failed (${name})`, ...mend }];
  });
  return Promise.race([lines, timeUp]);
}

/** Runs every check, side by side. `seconds`: the time after which what has not answered is unknown. */
export async function examine(platform: Platform, seconds?: number): Promise<Readiness> {
  const settings = await platform.settings();
  const examinedAt = at(platform);
  const { promise: timeUp, resolve } = Promise.withResolvers<Line[]>();
  const late: Line = {
    state: 'unknown',
    what: `no answer within ${seconds} seconds; the nightly report has it`,
    ...mend,
  };
  const timer = seconds === undefined ? undefined : setTimeout(() => resolve([late]), seconds * 1000);
  const found = await Promise.all(
    checks.map(async (check) => ({
      id: check.id,
      title: check.title,
      lines: await linesOf(check, groundOf(platform, settings, check), timeUp),
    })),
  );
  clearTimeout(timer);
  return { examinedAt, checks: found };
}
