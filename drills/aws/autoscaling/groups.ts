import type { Json } from '../../../lambdas/core/json.ts';
import type { Account, Resource } from '../account.ts';

type Lifecycle = 'InService' | 'Standby';

export interface AutoScalingGroupSeed {
  name: string;
  region: string;
  min: number;
  max: number;
  /** ids of its instances, all in service: the desired capacity is their number */
  instances: string[];
  /** names of target groups that the group itself registers its instances with, at their default port */
  targetGroups?: string[];
}

/** An Auto Scaling group and the lifecycle state of its instances. */
export class AutoScalingGroup implements Resource {
  readonly name: string;
  readonly arn: string;
  readonly region: string;
  readonly min: number;
  readonly max: number;
  desired: number;
  readonly instances: Map<string, Lifecycle>;
  readonly targetGroups: readonly string[];

  constructor(account: Account, seed: AutoScalingGroupSeed) {
    this.name = seed.name;
    this.region = seed.region;
    const id = account.ground.nextId('').toLowerCase();
    this.arn = `arn:aws:autoscaling:${seed.region}:${account.id}:autoScalingGroup:${id}:autoScalingGroupName/${seed.name}`;
    this.min = seed.min;
    this.max = seed.max;
    this.instances = new Map(seed.instances.map((instance) => [instance, 'InService']));
    this.desired = this.instances.size;
    this.targetGroups = seed.targetGroups ?? [];
  }

  stored(): Json {
    return {
      name: this.name,
      min: this.min,
      max: this.max,
      desired: this.desired,
      instances: Object.fromEntries([...this.instances].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  }
}

export function seedAutoScalingGroup(account: Account, seed: AutoScalingGroupSeed): AutoScalingGroup {
  const group = new AutoScalingGroup(account, seed);
  account.resources.set(group.arn, group);
  return group;
}

export function autoScalingGroups(account: Account, region: string): AutoScalingGroup[] {
  return [...account.resources.values()]
    .filter((r) => r instanceof AutoScalingGroup)
    .filter((g) => g.region === region);
}
