import { TargetNotFound } from '../../core/errors.ts';
import { type Target, targetArn } from '../../core/target.ts';
import type { Member } from '../../platform/action.ts';
import { type Parts, restoring } from '../../platform/restoration.ts';
import { putSelectors, type Selectors, selectorLines, selectorsOf, trailOf, trailsHere } from '../../platform/trail.ts';

async function read(target: Target, member: Member): Promise<Parts> {
  if (!(await trailOf(target, member)))
    throw new TargetNotFound(
      `account ${target.account} has no trail ${target.id} in ${target.region}: a rebuilt one gets its recorded selectors at once`,
    );
  return { name: target.id, selectors: await selectorsOf(targetArn(target, member.partition), member) };
}

function goal(_live: Parts, recorded: Parts | null, target: Target): Parts | string {
  if (recorded?.name !== target.id)
    return `nothing was recorded of what trail ${target.id} should record: look at its event selectors, and put back the data events of the PHI buckets by hand (PutEventSelectors replaces all)`;
  return { selectors: recorded.selectors ?? null };
}

export default restoring({
  noun: 'the selection of events of trail',
  read,
  goal,
  write: (target, member, _live, to) =>
    putSelectors(targetArn(target, member.partition), member, to.selectors as Selectors),
  show: (_part, value) => selectorLines(value as Selectors),
  hindrances: {
    InvalidEventSelectorsException:
      'What was recorded is no longer taken: put the data events of the PHI buckets back by hand.',
  },
  survey: trailsHere,
});
