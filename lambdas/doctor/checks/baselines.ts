import { Temporal } from 'temporal-polyfill';
import { baselinesOf, holderOf } from '../../platform/baseline.ts';
import { type Check, type Ground, type Line, looked, missing, ok } from '../check.ts';
import manifest from './baselines.json' with { type: 'json' };

/** One night, and the time that a survey of many accounts may take. */
const stale = Temporal.Duration.from({ hours: 36 });

const cost = 'logging that an attacker switches off can only be switched on with defaults, not put back as it was';

async function accountLine(
  { platform }: Ground,
  { id, alias }: { id: string; alias: string },
  command: string,
): Promise<Line> {
  const holder = await holderOf(platform, id);
  if (holder !== undefined) return ok(`${alias}: the recorded baseline is kept as it is while case ${holder} is open`);
  const newest = (await baselinesOf(platform, id))
    .map((b) => b.recordedAt)
    .sort()
    .at(-1);
  if (newest === undefined)
    return missing(`${alias}: nothing has been recorded that could be put back`, { cost, command });
  const age = Temporal.Instant.from(newest).until(platform.now());
  if (Temporal.Duration.compare(age, stale) <= 0) return ok(`${alias}: the survey recorded the account at ${newest}`);
  return missing(`${alias}: the survey last recorded the account at ${newest}`, { cost, command });
}

/** The nightly survey has written down every member account. */
const check: Check = {
  ...manifest,
  async examine(ground) {
    const { settings } = ground;
    const command = `aws lambda invoke --function-name tourniquet-survey --invocation-type Event --region ${settings.homeRegion} /dev/null`;
    const lines = settings.accounts.members.map((account) =>
      looked(`${account.alias}: baseline`, { cost, command }, () => accountLine(ground, account, command)),
    );
    return (await Promise.all(lines)).flat();
  },
};
export default check;
