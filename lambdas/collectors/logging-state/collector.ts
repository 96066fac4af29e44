import { targetKey, targetKinds } from '../../core/target.ts';
import type { Collected, Collector, Departures } from '../../platform/action.ts';

/** Several actions may put parts of one target back: it is one foothold. */
function byTarget(found: Departures['found']): Pick<Departures['found'][number], 'target' | 'lines'>[] {
  const departed = new Map<string, Pick<Departures['found'][number], 'target' | 'lines'>>();
  for (const { target, lines } of found) {
    const known = departed.get(targetKey(target))?.lines ?? [];
    departed.set(targetKey(target), { target, lines: [...new Set([...known, ...lines])] });
  }
  return [...departed.values()];
}

/**
 * Compares the account's logging and detection with the last survey. No events of the attacker are needed, which lag, name a
 * deleted flow log without its VPC, and lie under another key when he changed his credential.
 */
const collector: Collector = {
  async collect(target, member): Promise<Collected> {
    if (!member.departures)
      throw new Error('logging-state needs departures, which lambdas/collect gives every collector');
    const at = member.now().toString({ smallestUnit: 'millisecond' });
    const { looked, found, gaps } = await member.departures();
    const departed = byTarget(found);
    const body = JSON.stringify({ account: target.account, at, looked, found, gaps }, null, 2);
    return {
      body: new TextEncoder().encode(body),
      contentType: 'application/json',
      summary:
        departed.length === 0
          ? `${looked} trails, recorders, detectors and flow logs compared with the last survey: all are as recorded.`
          : `Not as recorded: ${departed.map(({ target: t }) => `${targetKinds[t.kind].noun} ${t.id}`).join(', ')} (${looked} trails, recorders, detectors and flow logs compared with the last survey).`,
      coverage: {
        level: looked === 0 ? 'none' : gaps.length > 0 ? 'partial' : 'complete',
        notes: looked === 0 ? ['nothing was recorded or found to compare', ...gaps] : gaps,
        to: at,
      },
      footholds: departed.map(({ target: t, lines }) => ({ target: t, how: lines.join('; '), at })),
    };
  },
};
export default collector;
