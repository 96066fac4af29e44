/** Stands where no role is handed to a service: a name that no role has. */
const none = 'tourniquet-hands-over-no-role';

/** Path and name of a role that an action hands to a service (iam:PassRole), for its permissions: `service-role/logs`. */
export function passedRole(arn: string | null | undefined): string {
  return /^arn:[a-z-]+:iam::\d{12}:role\/([\w+=,.@/-]+)$/.exec(arn ?? '')?.[1] ?? none;
}
