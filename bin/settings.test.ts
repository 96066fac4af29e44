import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSettings } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'settings-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(text: string): string {
  const path = join(folder, 'settings.json');
  writeFileSync(path, text);
  return path;
}

const example = await readSettings(join(import.meta.dirname, '../settings.example.json'));
const changed = (change: object) => written(JSON.stringify({ ...example, ...change }));

describe('a settings file', () => {
  it('gets the defaults of what it leaves out', async () => {
    const { evidence, careCritical, ...rest } = example;
    expect(await readSettings(written(JSON.stringify(rest)))).toMatchObject({
      evidence: { lock: 'governance', retentionYears: 7 },
      careCritical: [],
    });
  });

  it('needs a legal entity for every account that may hold patient data, or no clock could run', async () => {
    await expect(readSettings(changed({ entities: [] }))).rejects.toThrow(/no entity is named "Northwind Clinic"/);
    const members = example.accounts.members.map(({ entity, ...member }: Record<string, unknown>) => member);
    await expect(readSettings(changed({ accounts: { ...example.accounts, members } }))).rejects.toThrow(
      /needs a legal entity/,
    );
  });

  it('gives no two people one principal: nobody could tell later who decided', async () => {
    const [first, second] = example.onCall;
    const onCall = [first, { ...second, principal: first?.principal }];
    await expect(readSettings(changed({ onCall }))).rejects.toThrow(/two people share a principal/);
  });

  it('that is not there says how to begin', async () => {
    await expect(readSettings(join(folder, 'none.json'))).rejects.toThrow(
      /none\.json cannot be read \(ENOENT\); copy settings\.example\.json/,
    );
  });

  it('that is not JSON says where it breaks', async () => {
    await expect(readSettings(written('{ "schemaVersion": 1, }'))).rejects.toThrow('settings.json is not JSON');
  });

  it('with a wrong value names the field, what would be right, and the value', async () => {
    const accounts = { ...example.accounts, response: '22222222222' };
    await expect(readSettings(changed({ accounts }))).rejects.toThrow(
      'accounts.response: an AWS account id has exactly 12 digits; it is "22222222222"',
    );
  });

  it('names every field that is wrong, also those that are missing or unknown', async () => {
    const path = changed({ onCall: [], homeRegion: undefined, retention: 7 });
    const message = await readSettings(path).then(String, (error: Error) => error.message);
    expect(message).toContain('homeRegion: ');
    expect(message).toContain('it is missing');
    expect(message).toContain('onCall: ');
    expect(message).toContain('retention');
  });

  it('with one account twice is refused', async () => {
    const [member] = example.accounts.members;
    const accounts = { ...example.accounts, members: [member, { ...member, alias: 'again' }] };
    await expect(readSettings(changed({ accounts }))).rejects.toThrow('two members have the id 111122223333');
  });

  it('may not shorten the retention that the law asks for', async () => {
    const evidence = { lock: 'governance', retentionYears: 6 };
    await expect(readSettings(changed({ evidence }))).rejects.toThrow('evidence.retentionYears');
  });
});
