import { denyPrincipal } from '../../platform/deny-principal.ts';

export default denyPrincipal((who) => [
  `Everything that works as ${who} stops at once, in every Region, and new sessions of it are denied too.`,
  'Who else uses the role is not seen from the management account: the step that revokes its sessions shows it.',
  'Nobody in its account can lift this, not even an administrator: only a restore here, or the management account.',
]);
