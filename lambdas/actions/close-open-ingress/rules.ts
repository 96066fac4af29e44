import type { IpPermission, SecurityGroupRule } from '@aws-sdk/client-ec2';
import { covers, portsOf, sensitiveServices } from '../../platform/sensitive-ports.ts';

/** A rule without its id: the same rule authorised again has another. `peer`: an address block or a prefix list. */
export type OpenRule = { protocol: string; from: number; to: number; peer: string; description: string | null };

const peerOf = ({ CidrIpv4, CidrIpv6, PrefixListId }: SecurityGroupRule): string =>
  CidrIpv4 ?? CidrIpv6 ?? PrefixListId ?? '';

export function contentOf(rule: SecurityGroupRule): OpenRule {
  return { ...portsOf(rule), peer: peerOf(rule), description: rule.Description ?? null };
}

export const inOrder = (rules: OpenRule[]): OpenRule[] =>
  [...rules].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/**
 * Whether a block is the internet rather than a network: one of its halves or eighths gives the same away as the whole, and is how
 * 0.0.0.0/0 is hidden from those who look for it. No private or assigned block is as large.
 */
function isInternet(block: string): boolean {
  const bits = Number(block.split('/')[1]);
  return bits < (block.includes(':') ? 16 : 8);
}

/** Whether a rule lets the internet in on an administration or database port. `foreign`: the prefix lists that are not ours. */
export function isOpen(rule: SecurityGroupRule, foreign: readonly string[]): boolean {
  const { CidrIpv4, CidrIpv6, PrefixListId, IsEgress } = rule;
  const block = CidrIpv4 ?? CidrIpv6;
  const stranger = block === undefined ? foreign.includes(PrefixListId ?? '') : isInternet(block);
  return IsEgress === false && stranger && sensitiveServices(portsOf(rule)).length > 0;
}

/** `tcp 22 from 0.0.0.0/0 (SSH)` */
export function shown({ protocol, from, to, peer }: OpenRule): string {
  const names = sensitiveServices({ protocol, from, to });
  const ports = protocol === '-1' ? 'everything' : `${protocol} ${from === to ? from : `${from}–${to}`}`;
  const some = names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ');
  return `${ports} from ${peer}${some === '' ? '' : ` (${some})`}`;
}

const web = [80, 443];
/** The description of our web rules, by which they are known again: EC2 keeps one rule for the same protocol, ports and peer. */
export const keptBecause = 'Tourniquet: web traffic of a wider rule that is closed';

/** The web ports that the rule covers too; none for UDP, where HTTP/3 does without. */
export const webPorts = (rule: OpenRule): number[] =>
  rule.protocol === 'udp' ? [] : web.filter((port) => covers(rule, port));

/** The rules that let the same peer in on those ports alone. */
export const webRules = (rule: OpenRule): OpenRule[] =>
  webPorts(rule).map((port) => ({ protocol: 'tcp', from: port, to: port, peer: rule.peer, description: keptBecause }));

/** Whether a rule is for one web port alone. */
export const isWeb = ({ IsEgress, IpProtocol, FromPort, ToPort }: SecurityGroupRule): boolean =>
  IsEgress === false && IpProtocol === 'tcp' && FromPort === ToPort && web.includes(FromPort ?? -1);

/** What makes a rule the same to EC2: all but its description. */
export const placeOf = ({ protocol, from, to, peer }: OpenRule): string => JSON.stringify([protocol, from, to, peer]);

export function permissionOf({ protocol, from, to, peer, description }: OpenRule): IpPermission {
  const described = description === null ? {} : { Description: description };
  return {
    IpProtocol: protocol,
    ...(protocol !== '-1' && { FromPort: from, ToPort: to }),
    ...(peer.startsWith('pl-')
      ? { PrefixListIds: [{ PrefixListId: peer, ...described }] }
      : peer.includes(':')
        ? { Ipv6Ranges: [{ CidrIpv6: peer, ...described }] }
        : { IpRanges: [{ CidrIp: peer, ...described }] }),
  };
}
