import { describe, expect, it, vi } from 'vitest';
import { tourniquet } from './cli.fixture.ts';
import { asked, consolePerTest, incident } from './console.fixture.ts';

const console_ = consolePerTest();

const { posted } = console_;
const because = ['--reason', 'the vendor share was a mistake'];

describe('approve', () => {
  it('shows what is asked, records the decision on exactly that, and says who decided what', async () => {
    const { status, stdout } = await tourniquet('approve', incident, '--yes', ...because);
    expect(status).toBe(0);
    for (const shown of [...asked.shows, ...asked.losses, asked.consequence, 'if nobody answers, nothing is done'])
      expect(stdout).toContain(shown);
    expect(posted()).toEqual([
      { decision: 'approve', incident, approval: asked.id, hash: asked.hash, reason: because[1] },
    ]);
    expect(stdout).toContain('approved by Mara Lindqvist at 2026-11-21 02:07:22 UTC: the vendor share was a mistake');
  });

  it('without --yes and without a terminal only looks: a GET changes nothing', async () => {
    const { status, stderr } = await tourniquet('approve', incident, ...because);
    expect(status).toBe(2);
    expect(stderr).toContain('--yes');
    expect(console_.now.calls.map((call) => call.method)).toEqual(['GET']);
    expect(console_.now.file.decisions).toEqual([]);
  });

  it('without a reason decides nothing', async () => {
    const { status, stderr } = await tourniquet('approve', incident, '--yes');
    expect(status).toBe(2);
    expect(stderr).toContain('--reason');
    expect(posted()).toEqual([]);
  });

  it('--decline says no', async () => {
    const { stdout } = await tourniquet('approve', incident, asked.id, '--decline', '--yes', ...because);
    expect(posted()).toMatchObject([{ decision: 'decline', approval: asked.id }]);
    expect(stdout).toContain('declined by Mara Lindqvist');
  });

  it('--json prints one document with the decisions', async () => {
    const { stdout } = await tourniquet('approve', incident, '--yes', '--json', ...because);
    expect(JSON.parse(stdout)).toMatchObject({
      case: incident,
      approval: asked.id,
      recorded: 'approve',
      decisions: [{ name: 'Mara Lindqvist', decision: 'approve' }],
    });
  });

  it('of what reopens an exposure needs the typed name, and sends it', async () => {
    console_.now.file.approvals = [{ ...asked, typed: 'northwind-patient-records', needs: 'two' }];
    const without = await tourniquet('approve', incident, '--yes', ...because);
    expect(without.status).toBe(2);
    expect(without.stderr).toContain('--typed');
    expect(posted()).toEqual([]);
    await tourniquet('approve', incident, '--yes', '--typed', 'northwind-patient-records', ...because);
    expect(posted()).toMatchObject([{ typed: 'northwind-patient-records' }]);
  });

  it('of one among several wants to know which, and names them', async () => {
    console_.now.file.approvals = [asked, { ...asked, id: 'p1-s2-q1' }];
    const { status, stderr } = await tourniquet('approve', incident, '--yes', ...because);
    expect(status).toBe(2);
    expect(stderr).toContain('p1-s1-q1');
    expect(stderr).toContain('p1-s2-q1');
    expect(posted()).toEqual([]);
  });

  it('of what is decided says by whom', async () => {
    await tourniquet('approve', incident, '--yes', ...because);
    console_.now.file.approvals = [{ ...asked, outcome: 'approved' }];
    const { status, stderr } = await tourniquet('approve', incident, asked.id, '--yes', ...because);
    expect(status).toBe(1);
    expect(stderr).toContain('already decided by Mara Lindqvist at 2026-11-21 02:07:22 UTC');
    expect(posted()).toHaveLength(1);
  });

  it('of something that is not asked names what is', async () => {
    const { status, stderr } = await tourniquet('approve', incident, 'p9-s9-q9', '--yes', ...because);
    expect(status).toBe(2);
    expect(stderr).toMatch(/no approval "p9-s9-q9"; it asks for\n {2}p1-s1-q1/);
  });

  it("gives the console's refusal in its own words", async () => {
    console_.now.refuse = { status: 403, body: { error: 'you asked for it, so somebody else must approve it' } };
    const { status, stderr } = await tourniquet('approve', incident, '--yes', ...because);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'error: you asked for it, so somebody else must approve it\n',
    });
  });

  it('writes out what would move the cursor of the terminal', async () => {
    console_.now.file.approvals = [{ ...asked, losses: ['\u001b[2J\u202eeverything'] }];
    const { stdout } = await tourniquet('approve', incident, '--yes', ...because);
    for (const control of ['\u001b', '\u202e']) expect(stdout).not.toContain(control);
    expect(stdout).toContain('\\u001b[2J');
  });

  it('--acknowledge takes the pages', async () => {
    const { stdout } = await tourniquet('approve', incident, '--acknowledge', '--reason', 'on it');
    expect(posted()).toEqual([{ decision: 'acknowledge', incident, reason: 'on it' }]);
    expect(stdout).toContain('acknowledged: 2 page(s)');
  });
});

describe('restore', () => {
  it('asks for everything that stands, and says that others must approve it', async () => {
    const { status, stdout } = await tourniquet('restore', incident, '--reason', 'false alarm');
    expect(status).toBe(0);
    expect(posted()).toEqual([{ decision: 'restore', incident, reason: 'false alarm' }]);
    expect(stdout).toContain(`tourniquet approve ${incident} restore-R1`);
  });

  it('--change asks for the standing generation of one change', async () => {
    const name = 'block-bucket-public-access:northwind-patient-records';
    await tourniquet('restore', incident, '--reason', 'false alarm', '--change', name);
    expect(posted()).toMatchObject([{ changes: [{ action: 'block-bucket-public-access', generation: 2 }] }]);
  });

  it('of a change that does not stand names those that do', async () => {
    const { status, stderr } = await tourniquet('restore', incident, '--reason', 'x', '--change', 'other:thing');
    expect(status).toBe(2);
    expect(stderr).toContain('block-bucket-public-access:northwind-patient-records');
    expect(posted()).toEqual([]);
  });
});

describe('pause', () => {
  it('stops containment with a reason, and --resume lets it go on', async () => {
    expect((await tourniquet('pause', '--reason', 'change freeze')).stdout).toContain('paused since');
    expect((await tourniquet('pause', '--resume', '--reason', 'over', '--json')).stdout).toContain('"paused": false');
    expect(posted()).toEqual([
      { decision: 'pause', reason: 'change freeze' },
      { decision: 'resume', reason: 'over' },
    ]);
  });
});

describe('the console', () => {
  it('gets nothing for a case id that is none', async () => {
    const { status, stderr } = await tourniquet('approve', '../decisions', '--yes', ...because);
    expect(status).toBe(2);
    expect(stderr).toContain('no case id');
    expect(console_.now.calls).toEqual([]);
  });

  it.each(['http://tourniquet.example.com', 'ftp://x', 'nonsense'])('is not sought at %s', async (api) => {
    const { status, stderr } = await tourniquet('pause', '--reason', 'freeze', '--api', api);
    expect(status).toBe(2);
    expect(stderr).toContain('https://');
  });

  it('has to be named', async () => {
    vi.stubEnv('TOURNIQUET_API', undefined);
    const { status, stderr } = await tourniquet('pause', '--reason', 'freeze');
    expect(status).toBe(2);
    expect(stderr).toContain('TOURNIQUET_API');
  });

  it('that refuses the signature gets words about signing in', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'another');
    const { status, stderr } = await tourniquet('pause', '--reason', 'freeze');
    expect(status).toBe(1);
    expect(stderr).toMatch(/AWS refuses the call \(Forbidden\).*signed in/);
    expect(console_.now.calls).toEqual([]);
  });

  it('that cannot be reached is named, in one line', async () => {
    await console_.now.close();
    const { status, stdout } = await tourniquet('pause', '--reason', 'freeze', '--json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout).error).toMatch(/^127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED/);
  });

  it('that answers in another form is not believed', async () => {
    Reflect.set(console_.now.file, 'approvals', 'none');
    const { status, stderr } = await tourniquet('approve', incident, '--yes', ...because);
    expect(status).toBe(1);
    expect(stderr).toContain('update Tourniquet');
  });
});
