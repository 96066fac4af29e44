import { afterAll, describe, expect, it } from 'vitest';
import { drill } from '../drills/engine/drill.ts';
import { loadScenario, scenarioNames } from '../drills/engine/scenarios.ts';
import { readCatalogue } from '../lambdas/platform/catalogue.ts';

const rehearsed = new Set<string>();

describe.each(await scenarioNames())('the drill %s', (name) => {
  it('stops the attack, lets care go on or announced the cost, and puts the account back', async () => {
    const report = await drill(await loadScenario(name));
    for (const playbook of report.playbooks) rehearsed.add(playbook);
    expect(report.failures).toEqual([]);
  });
});

describe('together', () => {
  afterAll(() => rehearsed.clear());

  it('they rehearse every playbook that contains something', async () => {
    const { playbooks } = await readCatalogue();
    const containing = Object.values(playbooks).filter((p) => !p.fallback);
    expect(containing.map((p) => p.id).filter((id) => !rehearsed.has(id))).toEqual([]);
  });
});
