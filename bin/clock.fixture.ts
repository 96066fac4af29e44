import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { tourniquet } from './cli.fixture.ts';

export const entity = { kinds: ['hipaa-covered-entity'], zone: 'America/New_York', states: ['NY'] };
export const clinic = { entity, anchors: { discovery: '2026-11-21' } };

/** A folder for the tests of one file, and `clock` on a file of facts in it. Gone after them. */
export function clockFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'clock-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'facts.json');
  return {
    folder,
    /** `clock` on a file with this content */
    clock(content: unknown, ...words: string[]) {
      writeFileSync(file, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content));
      return tourniquet('clock', file, ...words);
    },
  };
}
