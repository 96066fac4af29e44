import { createHash } from 'node:crypto';
import { Temporal } from 'temporal-polyfill';
import type { Json } from '../../../lambdas/core/json.ts';
import type { Account, Resource } from '../account.ts';

/** A registered target: an instance id or an IP address, and a port. */
export interface Registered {
  id: string;
  port: number;
}

export interface TargetGroupSeed {
  name: string;
  region: string;
  vpc: string;
  /** the default port of its targets */
  port: number;
  type?: 'instance' | 'ip';
  /** `port` defaults to the group's */
  targets?: { id: string; port?: number }[];
}

/** Default of the attribute deregistration_delay.timeout_seconds (Elastic Load Balancing user guides). */
const drainSeconds = 300;

/** Its ARN follows from its name, so that seeds written in JSON can name it. */
export class TargetGroup implements Resource {
  readonly name: string;
  readonly arn: string;
  readonly region: string;
  readonly vpc: string;
  readonly port: number;
  readonly type: 'instance' | 'ip';
  targets: Registered[];
  #draining: (Registered & { until: Temporal.Instant })[] = [];

  constructor(account: Account, seed: TargetGroupSeed) {
    this.name = seed.name;
    this.region = seed.region;
    const id = createHash('sha256').update(seed.name).digest('hex').slice(0, 16);
    this.arn = `arn:aws:elasticloadbalancing:${seed.region}:${account.id}:targetgroup/${seed.name}/${id}`;
    this.vpc = seed.vpc;
    this.port = seed.port;
    this.type = seed.type ?? 'instance';
    this.targets = (seed.targets ?? []).map(({ id, port = seed.port }) => ({ id, port }));
  }

  register(id: string, port = this.port): void {
    this.#draining = this.#draining.filter((t) => t.id !== id || t.port !== port);
    if (!this.targets.some((t) => t.id === id && t.port === port)) this.targets.push({ id, port });
  }

  /** A target that is not registered is no error (API reference, DeregisterTargets). */
  deregister(id: string, port: number, now: Temporal.Instant): void {
    const gone = this.targets.filter((t) => t.id === id && t.port === port);
    this.targets = this.targets.filter((t) => !gone.includes(t));
    this.#draining.push(...gone.map((t) => ({ ...t, until: now.add({ seconds: drainSeconds }) })));
  }

  draining(now: Temporal.Instant): Registered[] {
    return this.#draining.filter((t) => Temporal.Instant.compare(now, t.until) < 0);
  }

  stored(): Json {
    const byTarget = (a: Registered, b: Registered) => (`${a.id}:${a.port}` < `${b.id}:${b.port}` ? -1 : 1);
    return {
      name: this.name,
      port: this.port,
      type: this.type,
      targets: this.targets.map((t) => ({ ...t })).sort(byTarget),
    };
  }
}

export function seedTargetGroup(account: Account, seed: TargetGroupSeed): TargetGroup {
  const group = new TargetGroup(account, seed);
  account.resources.set(group.arn, group);
  return group;
}

export function targetGroups(account: Account, region: string): TargetGroup[] {
  return [...account.resources.values()].filter((r) => r instanceof TargetGroup).filter((g) => g.region === region);
}
