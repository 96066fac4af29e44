import { denyPrincipal } from '../../platform/deny-principal.ts';

export default denyPrincipal((who) => [
  `Everybody and everything that works as ${who} stops at once, in every Region: keys, console and temporary credentials.`,
  `Nobody in its account can lift this, not even an administrator: only a restore here, or the management account.`,
]);
