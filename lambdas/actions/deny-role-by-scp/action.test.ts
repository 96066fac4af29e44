import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { organizationOf } from '../../../drills/aws/organizations/organization.ts';
import { type AccountSeed, type Stage, stage } from '../../../test/member-account.ts';
import { Hindered, TargetProtected } from '../../core/errors.ts';
import { actionManifest } from '../../core/manifest.ts';
import type { Target } from '../../core/target.ts';
import type { ClientClass, Member } from '../../platform/action.ts';
import quarantine from '../../platform/quarantine.json' with { type: 'json' };
import manifest from './action.json' with { type: 'json' };
import action from './action.ts';

const clinic = '111122223333';
const management = '777777777777';
const id = 'p-quarantine1';
const { read, write } = actionManifest.parse(manifest).permissions;
const target = (name: string, account = clinic): Target => ({
  kind: 'iam-role',
  id: name,
  account,
  region: 'us-east-1',
});
const everything = {
  trust: { Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }] },
  inline: { all: { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] } },
};

function staged(content: object = quarantine.quarantinePrincipals.content): Stage {
  const { name } = quarantine.quarantinePrincipals;
  const policies = [{ id, name, content: JSON.stringify(content) }];
  const roles = ['app', 'app2', 'report'].map((role) => ({ name: role, path: '/work/', ...everything }));
  const accounts: Record<string, AccountSeed> = {
    [management]: { organization: { id: 'o-exampleorgid', accounts: [clinic], policies } },
    [clinic]: { roles },
  };
  const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
  return stage(accounts, target('app'), at, new Set(), undefined, 'management');
}

const listing = (principals: string[]) => {
  const [statement] = quarantine.quarantinePrincipals.content.Statement;
  const Statement = [{ ...statement, Condition: { ArnLike: { 'aws:PrincipalArn': principals } } }];
  return JSON.stringify({ ...quarantine.quarantinePrincipals.content, Statement });
};
const listed = (on: Stage): string[] => {
  const text = organizationOf(on.world, clinic)?.policies.get(id)?.content.stored ?? '{}';
  return JSON.parse(text).Statement[0].Condition.ArnLike['aws:PrincipalArn'];
};

type Step = (args: object) => Promise<object>;

/** What every client of the SDK has, as far as a step before the simulated answer needs it. */
interface Steps {
  middlewareStack: {
    addRelativeTo(
      step: (next: Step, context: { commandName?: string }) => Step,
      place: { relation: 'before'; toMiddleware: string },
    ): void;
  };
}

/** After each of the member's writes of the list somebody else writes one, drawn from what he read before ours, as long as there are any. */
function overtaken(on: Stage, member: Member, others: string[][]): Member {
  const left = [...others];
  const client = <C>(kind: ClientClass<C>, ...rest: [string?]): C => {
    const made = member.client(kind, ...rest);
    (made as Steps).middlewareStack.addRelativeTo(
      (next, context) => async (args) => {
        const answer = await next(args);
        const stale = context.commandName === 'UpdatePolicyCommand' ? left.shift() : undefined;
        const input = { PolicyId: id, Content: listing(stale ?? []) };
        if (stale) await on.act({ service: 'Organizations', command: 'UpdatePolicy', input });
        return answer;
      },
      { relation: 'before', toMiddleware: 'simulatedAws' },
    );
    return made;
  };
  return { ...member, client };
}

async function change(on: Stage, of: Target, others: string[][] = []) {
  const { state: before, scope } = await action.capture(of, on.member(read, {}, of));
  const after = action.intend(before, of, on.now());
  const member = overtaken(on, on.member([...read, ...write], scope, of), others);
  return {
    apply: () => action.apply(of, member, before, after),
    undo: () => action.undo(of, member, before, after),
  };
}
const attached = (on: Stage) => organizationOf(on.world, clinic)?.policies.get(id)?.targets.stored;

describe('deny-role-by-scp', () => {
  it('denies the role whatever its path, and no role whose name begins the same', async () => {
    const on = staged();
    await (await change(on, target('app'))).apply();
    on.pass({ seconds: 10 });
    const can = (name: string) => on.can(on.world.roleCredentials(`arn:aws:iam::${clinic}:role/work/${name}`, 'x'));
    expect([await can('app'), await can('app2'), await can('report')]).toEqual([false, true, true]);
  });

  it('stays attached while another principal of the account is denied, and goes with the last', async () => {
    const on = staged();
    const found = on.world.snapshot();
    const first = await change(on, target('app'));
    await first.apply();
    const second = await change(on, target('report'));
    await second.apply();
    await first.undo();
    expect(attached(on)).toEqual([clinic]);
    await second.undo();
    expect(on.world.snapshot()).toEqual(found);
  });

  describe('when somebody writes the list over ours, from an older reading', () => {
    const nobody = `arn:aws:iam::000000000000:role/nobody`;
    const patterns = (name: string) => [`arn:aws:iam::${clinic}:role/*/${name}`, `arn:aws:iam::${clinic}:role/${name}`];

    it('lists the role again, with whom it saw listed, and keeps whom the other listed', async () => {
      const on = staged(JSON.parse(listing([nobody, ...patterns('app2')])));
      const { apply } = await change(on, target('app'), [[nobody], [nobody, ...patterns('report')]]);
      await apply();
      expect(listed(on).sort()).toEqual([nobody, ...['app', 'app2', 'report'].flatMap(patterns)].sort());
    });

    it('does not list again whom somebody took out on purpose after it', async () => {
      const on = staged(JSON.parse(listing([nobody, ...patterns('app2')])));
      const { apply } = await change(on, target('app'), [[nobody, ...patterns('app')]]);
      await apply();
      expect(listed(on).sort()).toEqual([nobody, ...patterns('app')].sort());
    });

    it('takes the role out again at the undo, and nobody else', async () => {
      const on = staged();
      const all = [nobody, ...patterns('app'), ...patterns('report')];
      const [nothing, stale]: string[][] = [[...listed(on), ...patterns('app')], all];
      const { apply, undo } = await change(on, target('app'), [nothing ?? [], stale ?? []]);
      await apply();
      await undo();
      expect(listed(on)).toEqual([nobody, ...patterns('report')]);
      // the other was listed while the policy was attached, and relies on it
      expect(attached(on)).toEqual([clinic]);
    });

    it('ends after a few writes, and is not safe then', async () => {
      const on = staged();
      const { apply } = await change(
        on,
        target('app'),
        Array.from({ length: 20 }, () => [nobody]),
      );
      await apply();
      const { state } = await action.capture(target('app'), on.member(read));
      expect(action.verify(state, target('app'), state)).toMatchObject({ safe: false });
    });
  });

  it('touches no policy that somebody else edits', async () => {
    const on = staged({
      Statement: [
        ...quarantine.quarantinePrincipals.content.Statement,
        { Effect: 'Deny', Action: 's3:*', Resource: '*' },
      ],
    });
    await expect(change(on, target('app'))).rejects.toThrow(Hindered);
  });

  it('refuses the management account, which no service control policy binds', async () => {
    const on = staged();
    await expect(change(on, target('app', management))).rejects.toThrow(TargetProtected);
  });

  it('is listed but not safe while the policy is not attached', async () => {
    const on = staged();
    const { apply } = await change(on, target('app'));
    await apply();
    await on.act({ service: 'Organizations', command: 'DetachPolicy', input: { PolicyId: id, TargetId: clinic } });
    const { state } = await action.capture(target('app'), on.member(read));
    expect(action.verify(state, target('app'), state)).toMatchObject({
      safe: false,
      why: expect.stringMatching(/not attached/),
    });
  });
});
