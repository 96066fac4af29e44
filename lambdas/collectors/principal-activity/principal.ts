import type { Event } from '@aws-sdk/client-cloudtrail';
import { z } from 'zod';
import { type Target, targetKinds } from '../../core/target.ts';
import type { Whose } from '../../platform/activity.ts';

const text = z.string().optional().catch(undefined);

/** Who made a CloudTrail record (CloudTrail user guide, "CloudTrail userIdentity element"). */
const record = z.object({
  userIdentity: z.object({
    type: z.string(),
    userName: text,
    sessionContext: z
      .object({ sessionIssuer: z.object({ type: text, userName: text }).optional().catch(undefined) })
      .optional()
      .catch(undefined),
  }),
});
type Identity = z.infer<typeof record>['userIdentity'];

/** What a record says of its caller; undefined where it says nothing that can be read. */
function identityOf({ CloudTrailEvent }: Event): Identity | undefined {
  try {
    return record.safeParse(JSON.parse(CloudTrailEvent ?? '')).data?.userIdentity;
  } catch {
    return undefined;
  }
}

/** The name under which the event history lists a principal, and how its events are told from a namesake's. */
function listing({ kind, id }: Target): { value: string; is(who: Identity): boolean } {
  if (kind === 'root-user') return { value: 'root', is: ({ type }) => type === 'Root' };
  if (kind === 'iam-user')
    return {
      value: id,
      is: ({ type, userName, sessionContext }) =>
        (type === 'IAMUser' || type === 'FederatedUser') &&
        (userName ?? sessionContext?.sessionIssuer?.userName) === id,
    };
  if (kind !== 'role-session') throw new Error(`principal-activity knows users, sessions and root, not ${kind}`);
  const [role, session = ''] = id.split('/');
  return {
    value: session,
    is: ({ type, sessionContext }) => type === 'AssumedRole' && sessionContext?.sessionIssuer?.userName === role,
  };
}

/**
 * The event history knows a session by its bare name, which two roles, a user and a stranger's session can share: the record tells
 * them apart. One whose caller cannot be read stays, lest evidence be lost.
 */
export function whoseIs(target: Target): Whose {
  const { value, is } = listing(target);
  return {
    attribute: 'Username',
    value,
    name: target.kind === 'root-user' ? 'the root user' : `${targetKinds[target.kind].noun} ${target.id}`,
    isTheirs: (event) => {
      const who = identityOf(event);
      return who === undefined || is(who);
    },
  };
}
