import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tourniquet } from './cli.fixture.ts';
import { clinic, clockFolder, entity } from './clock.fixture.ts';

const { folder, clock } = clockFolder();

describe('wrong facts', () => {
  const wrong: [string, unknown, string, (string | RegExp)[]][] = [
    [
      'a day after the given today',
      { ...clinic, anchors: { discovery: '2026-11-23' } },
      'anchors.discovery',
      ['2026-11-23', 'after today (2026-11-22)'],
    ],
    [
      'a negative count',
      { ...clinic, individuals: { total: -5 } },
      'individuals.total',
      ['-5', 'must not be negative'],
    ],
    ['half a person', { ...clinic, individuals: { total: 1.5 } }, 'individuals.total', ['1.5', 'whole number']],
    [
      'a State that there is not',
      { ...clinic, individuals: { byState: { ZZ: 5 } } },
      'individuals.byState.ZZ',
      ['postal code of a State'],
    ],
    [
      'a State of the entity that there is not',
      { ...clinic, entity: { ...entity, states: ['New York'] } },
      'entity.states.0',
      ['New York', 'NY'],
    ],
    [
      'a determination before discovery',
      { ...clinic, anchors: { discovery: '2026-11-21', determination: '2026-11-20' } },
      'anchors.determination',
      ['2026-11-20', 'before discovery (2026-11-21)'],
    ],
    [
      'a law that there is not',
      { ...clinic, regimes: ['us-hipaa'] },
      'regimes.0',
      ['"us-hipaa"', 'us-hipaa-individual'],
    ],
    [
      'an obligation that its law has not',
      { ...clinic, sent: [{ regime: 'us-hipaa-media', obligation: 'individual', on: '2026-11-21' }] },
      'sent.0.obligation',
      ['it has: media'],
    ],
    [
      'an offset instead of a zone',
      { ...clinic, entity: { ...entity, zone: '-05:00' } },
      'entity.zone',
      ['-05:00', 'America/New_York'],
    ],
    [
      'a zone that there is not',
      { ...clinic, entity: { ...entity, zone: 'America/Springfield' } },
      'entity.zone',
      ['America/Springfield', 'IANA'],
    ],
    [
      'an instant without an offset',
      { ...clinic, anchors: { discovery: '2026-11-21T09:30:00' } },
      'anchors.discovery',
      ['2026-11-21T09:30:00', 'with its offset'],
    ],
    [
      'a day that no calendar has',
      { ...clinic, anchors: { discovery: '2026-02-30' } },
      'anchors.discovery',
      ['2026-02-30', 'must be a date'],
    ],
    ['no discovery', { entity, anchors: {} }, 'anchors.discovery', ['a date (2026-11-21)']],
    ['a misspelt field', { ...clinic, individual: { total: 5 } }, 'individual', ['not a known field']],
    ['text that is not JSON', '{"entity":', '(top level)', ['is not JSON']],
    ['binary', Buffer.from([0, 255, 254, 27, 91]), '(top level)', ['is not JSON']],
    ['an empty file', '', '(top level)', ['is empty']],
    ['an array', [clinic], '(top level)', ['expected object']],
    ['null', 'null', '(top level)', ['expected object']],
    [
      'more residents than individuals',
      { ...clinic, individuals: { total: 5, byState: { NY: 4, NJ: 2 } } },
      'individuals.byState',
      ['adds up to 6', 'total of 5'],
    ],
    [
      'a kind of entity that no law covers',
      { ...clinic, entity: { ...entity, kinds: ['hospital'] } },
      'entity.kinds.0',
      ['"hospital"', 'hipaa-covered-entity'],
    ],
    [
      'a hold that ends before it begins',
      { ...clinic, holds: [{ kind: 'written', date: '2026-11-22', until: '2026-11-21' }] },
      'holds.0.until',
      ['before the statement (2026-11-22)'],
    ],
    [
      'a kind of hold that there is not',
      { ...clinic, holds: [{ kind: 'email', date: '2026-11-22' }] },
      'holds.0.kind',
      [],
    ],
    [
      'an extension of a law that grants none',
      { ...clinic, extensions: [{ regime: 'us-hipaa-media', reason: 'x', on: '2026-11-22' }] },
      'extensions.0.regime',
      ['"us-hipaa-media"', 'grants no extension', 'us-fl'],
    ],
    [
      'an exclusion that its law has not',
      {
        ...clinic,
        exclusions: [{ regime: 'us-hipaa-media', exemption: 'luck', reason: 'x', on: '2026-11-22', signedBy: 'a' }],
      },
      'exclusions.0.exemption',
      ['"luck"', 'not-retainable'],
    ],
  ];

  it.each(wrong)(
    '%s: one error that names the field, what is wrong and what is right; nothing else',
    async (_, content, field, says) => {
      const words = await clock(content, '--today', '2026-11-22');
      expect(words).toMatchObject({ status: 1, stdout: '' });
      expect(words.stderr).toMatch(/^error: facts refused: [^\n]*\n$/);
      const json = await clock(content, '--today', '2026-11-22', '--json');
      expect(json).toMatchObject({ status: 1, stderr: '' });
      const { error, ...rest } = JSON.parse(json.stdout);
      expect(rest).toEqual({ field });
      for (const part of [field, ...says]) expect(error).toContain(part);
    },
  );

  it('more text than the facts of any incident are refused before they fill the memory', async () => {
    const { status, stdout, stderr } = await clock(Buffer.alloc(5 * 1024 * 1024, ' '));
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('holds more than');
  });

  it('a file that is not there, a day that is none and a schema that there is not say so', async () => {
    expect((await tourniquet('clock', join(folder, 'none.json'))).stderr).toContain('there is no such file');
    expect(await clock(clinic, '--today', 'tomorrow')).toMatchObject({ status: 2, stdout: '' });
    expect(await tourniquet('clock')).toMatchObject({ status: 2, stdout: '' });
    expect((await tourniquet('clock', '--schema', 'law')).stderr).toContain('facts, regime, obligation');
  });

  it('in which somebody hides control characters are shown with them written out', async () => {
    const { stderr } = await clock({ ...clinic, anchors: { discovery: 'x\u001b[2J\nerror: none' } });
    expect(stderr).toMatch(/^error: [\x20-\x7e…]*\n$/);
  });
});
