import type { Collector } from '../../platform/action.ts';
import { activityOf } from '../../platform/activity.ts';

const collector: Collector = {
  collect: (target, member, since) =>
    activityOf(target, member, since, {
      attribute: 'AccessKeyId',
      value: target.id,
      name: target.id,
      isTheirs: () => true,
    }),
};
export default collector;
