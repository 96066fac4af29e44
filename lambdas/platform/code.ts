import type { Catalogue } from '../core/plan.ts';
import type { Action, Collector } from './action.ts';
import { known } from './catalogue.ts';

// Apart from the catalogue, so that only functions that act or collect carry the code of every action, and the clients of its services.

/** The code of one action. Throws for an id that is no folder name, before anything is imported. */
export async function actionOf(id: string, catalogue: Catalogue): Promise<Action> {
  known('a plan', 'action', id, catalogue.actions);
  return ((await import(`../actions/${id}/action.ts`)) as { default: Action }).default;
}

export async function collectorOf(id: string, catalogue: Catalogue): Promise<Collector> {
  known('a plan', 'collector', id, catalogue.collectors);
  return ((await import(`../collectors/${id}/collector.ts`)) as { default: Collector }).default;
}
