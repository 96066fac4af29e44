import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { tourniquet } from './cli.fixture.ts';
import { consolePerTest, incident } from './console.fixture.ts';
import { clocksFile } from './facts.fixture.ts';

const console_ = consolePerTest();
beforeEach(() => {
  Object.assign(console_.now.file, clocksFile());
});

const { posted } = console_;
const because = ['--reason', 'counted in the export of the log'];

describe('facts', () => {
  it('shows what is known and every date that follows, and changes nothing', async () => {
    const { status, stdout } = await tourniquet('facts', incident);
    expect(status).toBe(0);
    for (const shown of ['2026-11-16', 'not counted yet', 'a breach is presumed', 'Dana Whitfield', '2027-01-15'])
      expect(stdout).toContain(shown);
    expect(console_.now.calls.map((call) => call.method)).toEqual(['GET']);
  });

  it('says so where no clock runs', async () => {
    Object.assign(console_.now.file, { facts: undefined, schedule: undefined, obligations: [] });
    expect((await tourniquet('facts', incident)).stdout).toContain('no clock runs');
  });

  it.each<[string[], object]>([
    [['--set', 'anchors.determination=2026-11-20'], { set: { anchors: { determination: '2026-11-20' } } }],
    [['--set', 'anchors.determination='], { set: { anchors: { determination: null } } }],
    [['--set', 'businessAssociate.agent=false'], { set: { businessAssociate: { agent: false } } }],
    [
      ['--count', 'CA=501', '--count', 'OR=7', '--total', '600'],
      { set: { individuals: { total: 600, byState: { CA: 501, OR: 7 } } } },
    ],
    [
      ['--sent', 'us-hipaa-media/media=2026-11-20', '--proof', 'portal 123'],
      { add: { sent: [{ regime: 'us-hipaa-media', obligation: 'media', on: '2026-11-20', proof: 'portal 123' }] } },
    ],
    [
      ['--hold', 'oral', '--on', '2026-11-20', '--official', 'SA Lee'],
      { add: { holds: [{ kind: 'oral', date: '2026-11-20', official: 'SA Lee' }] } },
    ],
    [['--owner', 'us-hipaa-media/media=dana@example.com'], { owners: { 'us-hipaa-media/media': 'dana@example.com' } }],
  ])('%j records it with its reason', async (words, change) => {
    const { status, stderr } = await tourniquet('facts', incident, ...words, ...because);
    expect([status, stderr]).toEqual([0, '']);
    expect(posted()).toEqual([
      { decision: 'learn', incident, reason: because[1], change: { set: {}, add: {}, owners: {}, ...change } },
    ]);
  });

  it.each<[string[], RegExp]>([
    [['--count', 'ZZ=1'], /individuals.byState.*postal code/],
    [['--total', '-5'], /individuals.total: must not be negative \(got -5\)/],
    [['--total', 'many'], /individuals.total: must be a whole number \(got "many"\)/],
    [['--count', 'CA'], /--count "CA" has no "=".*CA=501/],
    [['--sent', 'us-hipaa-media=2026-11-20'], /regime\/obligation=day/],
    [['--sent', 'us-hipaa-media/media=2026-11-01'], /sent.0.on.*before discovery/],
    [['--hold', 'shouted'], /oral or written/],
    [['--hold', 'written'], /--until/],
    [['--set', 'anchors.discovery=soon'], /anchors.discovery: must be a date/],
    [['--set', 'moon=full'], /moon/],
    [['--set', 'entity.zone=UTC'], /settings/],
    [['--owner', 'us-hipaa-media/media=nobody'], /owners/],
  ])('%j gets one clear error, and nothing is sent', async (words, error) => {
    const { status, stderr } = await tourniquet('facts', incident, ...words, ...because);
    expect(status).toBeGreaterThan(0);
    expect(stderr).toMatch(error);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(posted()).toEqual([]);
  });

  it('records nothing without a reason', async () => {
    const { status, stderr } = await tourniquet('facts', incident, '--total', '600');
    expect([status, posted()]).toEqual([2, []]);
    expect(stderr).toContain('--reason');
  });

  it('takes a signed assessment from a file', async () => {
    const factors = Object.fromEntries(
      ['natureAndExtent', 'unauthorizedPerson', 'acquiredOrViewed', 'mitigation'].map((name) => [name, 'see memo 7']),
    );
    const assessment = { conclusion: 'low_probability', factors, on: '2026-11-20', signedBy: 'Ruth Abara' };
    const file = join(await mkdtemp(join(tmpdir(), 'facts-')), 'assessment.json');
    await writeFile(file, JSON.stringify(assessment));
    const { status } = await tourniquet('facts', incident, '--assessment', file, ...because);
    expect(status).toBe(0);
    expect(posted()).toMatchObject([{ change: { set: { assessment } } }]);
    const { stderr } = await tourniquet('facts', incident, '--assessment', `${file}.gone`, ...because);
    expect(stderr).toContain('there is no such file');
  });

  it('says which dates have moved, and that an assessment stands no more', async () => {
    const factors = { natureAndExtent: 'a', unauthorizedPerson: 'b', acquiredOrViewed: 'c', mitigation: 'd' };
    const assessment = {
      ...{ conclusion: 'low_probability', factors, on: '2026-11-20', signedBy: 'Ruth Abara', inputs: 1 },
      superseded: 'signed on facts 1, and the counts are others since facts 2: sign it again',
    };
    const decide = vi.spyOn(console_.now.calls, 'push').mockImplementation((call) => {
      if (call?.method === 'POST')
        Object.assign(console_.now.file, clocksFile({ anchors: { discovery: '2026-11-12' }, assessment }, 2));
      return 1;
    });
    const { stdout } = await tourniquet('facts', incident, '--set', 'anchors.discovery=2026-11-12', ...because);
    expect(decide).toHaveBeenCalled();
    expect(stdout).toContain('us-hipaa-individual/individual: due 2027-01-11; was 2027-01-15');
    expect(stdout.replace(/\s+/g, ' ')).toContain('STANDS NO MORE: signed on facts 1');
  });

  it('--json prints one document with facts and obligations', async () => {
    const { stdout } = await tourniquet('facts', incident, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ case: incident, facts: { n: 1 }, schedule: { n: 1 } });
  });
});
