import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Target } from '../../core/target.ts';
import { type MemberRole, member } from '../../platform/member.ts';
import { type Check, type Ground, type Line, looked, missing, ok } from '../check.ts';
import manifest from './roles.json' with { type: 'json' };

/** Narrows the session to a call that needs no right: the doctor never holds what the responder may do. */
const nothing = [{ actions: ['sts:GetCallerIdentity'], resources: ['*'] }];

const costs: Record<MemberRole, string> = {
  observer:
    'nothing in this account can be read: each of its findings waits for a person who looks and contains by hand',
  responder: 'a leak in this account is seen and planned, and goes on until somebody stops it by hand',
};

interface Place {
  name: string;
  account: string;
  through: 'member' | 'management';
  stack: string;
}

function placesOf({ accounts: { members, management }, organization }: Ground['settings']): Place[] {
  // where the organization deploys the member roles, every account's come from one stack
  const stackOf = (id: string, alias: string) =>
    organization && id !== management ? 'tourniquet-member-accounts' : `tourniquet-member-${alias}`;
  return [
    ...members.map(
      ({ id, alias }): Place => ({ name: alias, account: id, through: 'member', stack: stackOf(id, alias) }),
    ),
    ...(management
      ? [
          {
            name: 'the management account',
            account: management,
            through: 'management',
            stack: 'tourniquet-management',
          } as const,
        ]
      : []),
  ];
}

async function inPlace(ground: Ground, role: MemberRole, { name, account, through, stack }: Place): Promise<Line[]> {
  const home = ground.settings.homeRegion;
  const target: Target = { kind: 'aws-account', id: account, account, region: home };
  const what = `${name}: the ${role} role`;
  const mend = { cost: costs[role], command: `npx cdk deploy -c settings=<file> ${stack}` };
  try {
    const session = await member(ground.platform, role, target, 'doctor', { statements: nothing, through });
    const each = ground.regions.map((region) =>
      looked(
        `${what} in ${region}`,
        { cost: mend.cost, command: `aws account enable-region --region-name ${region}` },
        async () => {
          await session.client(STSClient, region).send(new GetCallerIdentityCommand({}));
          return ok(`${what} answers in ${region}`);
        },
      ),
    );
    return (await Promise.all(each)).flat();
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AccessDenied')) throw error;
    return [missing(`${what} cannot be assumed`, mend)];
  }
}

/** Observer and responder can be assumed in every account, and their sessions are good in every wanted Region. */
const check: Check = {
  ...manifest,
  async examine(ground) {
    const places = placesOf(ground.settings);
    const looks = places.flatMap((place) => (['observer', 'responder'] as const).map((role) => ({ place, role })));
    const lines = looks.map(({ place, role }) =>
      looked(
        `${place.name}: the ${role} role`,
        { cost: costs[role], command: `aws sts get-caller-identity --region ${ground.settings.homeRegion}` },
        () => inPlace(ground, role, place),
      ),
    );
    return (await Promise.all(lines)).flat();
  },
};
export default check;
