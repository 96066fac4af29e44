import type { SecurityGroupRule } from '@aws-sdk/client-ec2';

/**
 * Ports through which machines and databases are administered: nobody serves patients on them. A shorter list than that of Security
 * Hub EC2.19, whose web ports (3000, 5000, 8080, 8088, 8888) may be open on purpose.
 */
const services: readonly [from: number, to: number, name: string][] = [
  [20, 21, 'FTP'],
  [22, 22, 'SSH'],
  [23, 23, 'Telnet'],
  [135, 135, 'RPC'],
  [139, 139, 'NetBIOS'],
  [445, 445, 'SMB'],
  [1433, 1434, 'SQL Server'],
  [1521, 1521, 'Oracle'],
  [2375, 2376, 'Docker'],
  [2379, 2380, 'etcd'],
  [3306, 3306, 'MySQL'],
  [3389, 3389, 'Remote Desktop'],
  [4333, 4333, 'mSQL'],
  [5432, 5432, 'PostgreSQL'],
  [5439, 5439, 'Redshift'],
  [5500, 5500, 'VNC'],
  [5601, 5601, 'Kibana'],
  [5900, 5900, 'VNC'],
  [5985, 5986, 'WinRM'],
  [6379, 6379, 'Redis'],
  [6443, 6443, 'Kubernetes'],
  [9042, 9042, 'Cassandra'],
  [9200, 9200, 'Elasticsearch'],
  [9300, 9300, 'Elasticsearch'],
  [10250, 10250, 'kubelet'],
  [11211, 11211, 'Memcached'],
  [27017, 27019, 'MongoDB'],
];

export type Ports = { protocol: string; from: number; to: number };

export const portsOf = ({ IpProtocol = '-1', FromPort = -1, ToPort = -1 }: SecurityGroupRule): Ports => ({
  protocol: IpProtocol,
  from: FromPort,
  to: ToPort,
});

/** Whether these ports hold any of that stretch; protocol -1 is everything. */
export function covers({ protocol, from, to }: Ports, first: number, last = first): boolean {
  if (protocol === '-1') return true;
  return (protocol === 'tcp' || protocol === 'udp') && from <= last && to >= first;
}

/** The administration and database services that these ports hold, by name and once each; [] where there is none. */
export function sensitiveServices(ports: Ports): string[] {
  return [...new Set(services.flatMap(([first, last, name]) => (covers(ports, first, last) ? [name] : [])))];
}
