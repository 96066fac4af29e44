import { describe, expect, it } from 'vitest';
import { nativeTypeIn } from './finding-type.ts';
import { hintsAtPhi } from './tags.ts';
import { instantOf } from './time.ts';

describe('a time', () => {
  it.each([
    ['2026-11-20T03:09:44.512Z', '2026-11-20T03:09:44.512Z'],
    ['2026-11-20T03:09:44Z', '2026-11-20T03:09:44.000Z'],
    ['2026-11-20 03:09:44.123456789', '2026-11-20T03:09:44.123Z'],
    ['2026-11-20 03:09:44 UTC', '2026-11-20T03:09:44.000Z'],
    ['2026-11-20T03:09:44.913874', '2026-11-20T03:09:44.913Z'],
    ['2026-11-20T03:09:44.821569+02:00', '2026-11-20T01:09:44.821Z'],
    ['Fri, 20 Nov 2026 03:09:44 GMT', '2026-11-20T03:09:44.000Z'],
    [1795144184, '2026-11-20T03:09:44.000Z'],
    [1795144184.5, '2026-11-20T03:09:44.500Z'],
    [1795144184512, '2026-11-20T03:09:44.512Z'],
    ['1795144184', '2026-11-20T03:09:44.000Z'],
    ['1795144184.5', '2026-11-20T03:09:44.500Z'],
    ['1795144184512', '2026-11-20T03:09:44.512Z'],
  ])('written %j is %s', (written, instant) => {
    expect(instantOf(written)).toBe(instant);
  });

  it.each(['', 'yesterday', '2026-13-40T00:00:00Z', '2026-11-20', 'Fri, 99 Nov 2026 03:09:44 GMT', 3, -1, 1e300, NaN])(
    'is not %j',
    (written) => {
      expect(instantOf(written)).toBeUndefined();
    },
  );
});

describe('a type in Security Hub’s words', () => {
  it.each([
    ['TTPs/Policy:S3-BucketAnonymousAccessGranted', 'Policy:S3/BucketAnonymousAccessGranted'],
    ['Effects/Data Exposure/Policy:S3-BucketBlockPublicAccessDisabled', 'Policy:S3/BucketBlockPublicAccessDisabled'],
    ['TTPs/Command and Control/Backdoor:EC2-C&CActivity.B!DNS', 'Backdoor:EC2/C&CActivity.B!DNS'],
    ['TTPs/PenTest:IAMUser/KaliLinux', 'PenTest:IAMUser/KaliLinux'],
    ['TTPs/PenTest:S3-KaliLinux', 'PenTest:S3/KaliLinux'],
    ['TTPs/Privilege Escalation/IAMUser-AnomalousBehavior', 'PrivilegeEscalation:IAMUser/AnomalousBehavior'],
    ['TTPs/Discovery/RDS-MaliciousIPCaller', 'Discovery:RDS/MaliciousIPCaller'],
    ['TTPs/DefenseEvasion/EC2:Unusual-DNS-Resolver', 'DefenseEvasion:EC2/UnusualDNSResolver'],
    [
      'TTPs/AnomalousBehavior/Discovery:Kubernetes-PermissionChecked',
      'Discovery:Kubernetes/AnomalousBehavior.PermissionChecked',
    ],
    ['Unusual Behaviors/User/UnauthorizedAccess:IAMUser-ConsoleLogin', 'UnauthorizedAccess:IAMUser/ConsoleLogin'],
  ])('%s is native %s', (type, native) => {
    expect(nativeTypeIn([type])).toBe(native);
  });

  it('is found among others, and absent where there is none', () => {
    expect(nativeTypeIn(['Threats', 'Discovery:S3/TorIPCaller'])).toBe('Discovery:S3/TorIPCaller');
    expect(nativeTypeIn(['Unusual Behaviors', 'Sensitive Data/<b>:x'])).toBeUndefined();
  });
});

describe('tags', () => {
  it.each([
    [[{ key: 'ComplianceDataCategory', value: 'phi:pii:hipaa' }]],
    [[{ name: 'DataCategory', value: 'pii:hipaa' }]],
    [[{ Key: 'ContainsPHI', Value: 'true' }]],
    [[{ key: 'containsPhiData', value: 'yes' }]],
    [[{ key: 'class', value: 'PII-Health' }]],
    [{ data: 'ePHI' }],
  ])('%j hint at patient data', (tags) => {
    expect(hintsAtPhi(tags)).toBe(true);
  });

  it.each([
    [[{ key: 'team', value: 'philadelphia' }]],
    [[{ key: 'phi', value: 'no' }]],
    [[{ key: 'graphics', value: 'delphi' }]],
    ['phi'],
    [[null, 3, 'phi', { key: { phi: 1 } }] as never],
  ])('%j do not', (tags) => {
    expect(hintsAtPhi(tags)).toBe(false);
  });
});
