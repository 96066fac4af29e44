import type { Collector } from '../../platform/action.ts';
import { activityOf } from '../../platform/activity.ts';
import { whoseIs } from './principal.ts';

const collector: Collector = {
  collect: (target, member, since) => activityOf(target, member, since, whoseIs(target)),
};
export default collector;
