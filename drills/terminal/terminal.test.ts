import { beforeAll, describe, expect, it } from 'vitest';
import { Page } from '../../bin/page.ts';
import { drill } from '../engine/drill.ts';
import type { Report } from '../engine/report.ts';
import { loadScenario } from '../engine/scenarios.ts';
import { show } from './entries.ts';
import { verdict } from './sections.ts';
import { Terminal } from './terminal.ts';

async function watched(name: string): Promise<{ text: string; report: Report }> {
  const parts: string[] = [];
  const terminal = new Terminal({ page: new Page({ colour: false }), write: (part) => void parts.push(part) });
  const report = await drill(await loadScenario(name), terminal);
  await terminal.finished();
  return { text: parts.join(''), report };
}

const reports: Report[] = [];

/** The longest, the widest, one that is refused and the one of the README; every drill itself is run by test/scenarios.test.ts. */
const shown = ['attack-sequence', 'changed-meanwhile', 'compromised-instance', 'public-bucket'];

describe.each(shown)('the drill %s without a terminal', (name) => {
  let text: string;
  let report: Report;
  beforeAll(async () => {
    ({ text, report } = await watched(name));
    reports.push(report);
  });

  it('says first that AWS is simulated', () => {
    expect(text.split('\n').slice(0, 3).join()).toContain('simulated AWS: no real account, no real recipient');
  });

  it('fits into 100 columns and has no colour and no cursor tricks', () => {
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('\r');
  });

  it('shows every probe before and after', () => {
    const words = text.replace(/\s+/g, ' ');
    for (const p of report.probes)
      expect(words).toMatch(new RegExp(`${p.kind} ${p.before} → ${p.after} . \\w+ ${p.name.replace(/[^\w ]/g, '.')}`));
  });

  it('shows each change with its before → after, and that it was read back', () => {
    expect(text.match(/→ change /g) ?? []).toHaveLength(report.changes.filter((c) => c.accepted).length);
    expect(text.match(/✓ verified /g)?.length ?? 0).toBeGreaterThanOrEqual(report.changes.length);
  });

  it('shows each piece of evidence with the beginning of its hash', () => {
    for (const e of report.evidence) expect(text).toContain(`sha256 ${e.sha256.slice(0, 16)}…`);
  });

  it('shows each clock with its date, the days that are left and the zone', () => {
    const due = report.obligations.filter((each) => each.due);
    for (const o of due) expect(text).toMatch(new RegExp(`${o.due} +\\d+ days left`));
    const heading = /^CLOCKS {2}discovered 2026-11-20; days end in America\/Los_Angeles$/m;
    expect(heading.test(text)).toBe(due.length > 0);
  });

  it('shows who approved what and why, and how each foothold came about and that it was closed', () => {
    const words = text.replace(/\s+/g, ' ');
    for (const { decisions } of report.approvals)
      for (const d of decisions) {
        expect(words).toContain(`✓ approved ${d.name}: `);
        expect(words).toContain(d.reason);
      }
    for (const f of report.footholds) expect(words).toContain(`(${f.how})`);
    expect(text.match(/✓ closed /g) ?? []).toHaveLength(report.footholds.length);
  });

  it('ends with the verdict and how long each part took', () => {
    const end = text.slice(text.indexOf('\nVERDICT'));
    const part = report.changes.some((c) => c.verified)
      ? /verified +\d.* UTC .* after the event was received/
      : /received/;
    expect(end).toMatch(part);
    expect(end.trimEnd().split('\n').at(-1)).toBe('PASSED');
  });

  it('knows every sentence of the timeline', () => {
    const unknown = report.timeline.filter((entry) => {
      const shown = show(entry as Parameters<typeof show>[0]);
      return shown?.sign === '·' && shown.word === entry.kind && shown.word !== 'told';
    });
    expect(unknown.map((entry) => entry.text)).toEqual([]);
  });
});

it('a drill that failed says so, and why', () => {
  const [report] = reports;
  if (!report) throw new Error('no drill was watched');
  const failed: Report = {
    ...report,
    incident: { ...report.incident, status: 'not contained', open: ['Block: failed'] },
    failures: ['attack probe "a stranger reads" still answers 200'],
  };
  const text = verdict(new Page({ colour: false }), failed).join('\n');
  expect(text).toContain('✗ not contained');
  expect(text).toContain('✗ Block: failed');
  expect(text).toMatch(/FAILED\n {2}✗ attack probe "a stranger reads" still answers 200$/);
});
