import {
  IAMClient,
  ListServiceSpecificCredentialsCommand,
  type ServiceSpecificCredentialMetadata,
  type StatusType,
  UpdateServiceSpecificCredentialCommand,
} from '@aws-sdk/client-iam';
import { BeforeStateChanged, Drift } from '../../core/errors.ts';
import { standing } from '../../core/standing.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Member } from '../../platform/action.ts';
import { existing, identityOf, type UserIdentity } from '../../platform/iam.ts';

export type State = UserIdentity & {
  /** `status`: Active, Inactive or Expired; `service`: as `bedrock.amazonaws.com`; in the order of their ids */
  credentials: { id: string; service: string; status: string }[];
};
type Credential = State['credentials'][number];

async function list(target: Target, member: Member): Promise<Credential[]> {
  const listed: ServiceSpecificCredentialMetadata[] = [];
  let Marker: string | undefined;
  do {
    const page = await existing(
      target,
      member.client(IAMClient).send(new ListServiceSpecificCredentialsCommand({ UserName: target.id, Marker })),
    );
    listed.push(...(page.ServiceSpecificCredentials ?? []));
    Marker = page.IsTruncated ? page.Marker : undefined;
  } while (Marker !== undefined);
  return listed
    .map((one) => ({
      id: one.ServiceSpecificCredentialId ?? '',
      service: one.ServiceName ?? 'an unknown service',
      status: one.Status ?? 'Active',
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

const active = ({ credentials }: State) => credentials.filter((one) => one.status === 'Active');
const statusOf = (all: readonly Credential[], id: string) => all.find((one) => one.id === id)?.status ?? 'gone';

/** Sets every credential that differs between two states. Throws before the first write when one of them stands elsewhere. */
async function move(target: Target, member: Member, [from, to]: [State, State], changed: (why: string) => Error) {
  const { id } = await identityOf(target, member);
  if (id !== from.id) throw changed(`IAM user ${target.id} was deleted and made again`);
  const live = await list(target, member);
  const due = from.credentials.filter((one) => {
    const wanted = statusOf(to.credentials, one.id);
    if (wanted === one.status) return false;
    const status = statusOf(live, one.id);
    const now = standing(status, one.status, wanted);
    if (now === 'changed') throw changed(`the ${one.service} credential ${one.id} is ${status}`);
    return now === 'due';
  });
  for (const one of due)
    await member.client(IAMClient).send(
      new UpdateServiceSpecificCredentialCommand({
        UserName: target.id,
        ServiceSpecificCredentialId: one.id,
        Status: statusOf(to.credentials, one.id) as StatusType,
      }),
    );
}

const action: Action<State> = {
  capture: async (target, member) => {
    const user = await identityOf(target, member);
    return { state: { ...user, credentials: await list(target, member) }, scope: { userArn: user.arn } };
  },
  // what was off before is not ours, and neither is what was made after
  owned: (state, recorded = state) => ({
    id: state.id,
    credentials: Object.fromEntries(active(recorded).map(({ id }) => [id, statusOf(state.credentials, id)])),
  }),
  intend: (state) => ({
    ...state,
    credentials: state.credentials.map((one) => (one.status === 'Active' ? { ...one, status: 'Inactive' } : one)),
  }),
  losses: (state, target) =>
    active(state).map(
      ({ id, service }) =>
        `Whatever uses credential ${id} of ${target.id} for ${service} stops; IAM does not tell when it was last used.`,
    ),
  describe: (before, after) =>
    before.credentials.flatMap(({ id, service, status }) => {
      const becomes = statusOf(after.credentials, id);
      return becomes === status ? [] : [`${service} credential ${id}: ${status} → ${becomes}`];
    }),
  apply: (target, member, before, after) =>
    move(target, member, [before, after], (why) => new BeforeStateChanged(`${why} since it was read`)),
  verify: (live) => {
    const left = active(live).map(({ id, service }) => `${id} (${service})`);
    return left.length === 0 ? { safe: true } : { safe: false, why: `still active: ${left.join(', ')}` };
  },
  undo: (target, member, before, after) =>
    move(target, member, [after, before], (why) => new Drift(`${why} after us: decide by hand`)),
};
export default action;
