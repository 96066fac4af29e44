import { describe, expect, it } from 'vitest';
import { edited, read, sample, targetsOf } from './samples/load.ts';

const key = 'leaked-key.guardduty-eventbridge';
const native = 'attack-sequence.guardduty-eventbridge';
const detector = 'arn:aws:guardduty:us-east-1:111122223333:detector/12abc34d567e8fa901bc2d34e56789f0';
const member = `${detector}/finding/f47b9d2c6e0a4f138b5c7d9e1a2f3b64`;

describe('an attack sequence', () => {
  const other = '444455556666';
  const chain = {
    actors: [
      {
        user: {
          name: 'etl-nightly',
          uid: 'AIDAJQABLZS4A3QDU576Q',
          type: 'IAMUser',
          credentialUid: 'AKIAIOSFODNN7EXAMPLE',
          account: { uid: '111122223333' },
        },
      },
      {
        user: {
          name: 'session-1',
          uid: 'AROAEXAMPLEROLE000001:s1',
          type: 'AssumedRole',
          credentialUid: 'ASIAIOSFODNN7EXAMPLE',
        },
        session: { issuer: 'arn:aws:iam::111122223333:role/jobs/etl-role' },
      },
      {
        user: {
          name: 'stranger',
          type: 'IAMUser',
          credentialUid: 'AKIAI44QH8DHBEXAMPLE',
          account: { uid: '999988887777' },
        },
      },
    ],
    resources: [
      {
        uid: 'arn:aws:s3:::northwind-patient-records',
        resourceType: 'S3_BUCKET',
        accountId: other,
        region: 'us-west-2',
        tags: [{ key: 'phi', value: 'yes' }],
      },
      { uid: 'AKIAIOSFODNN7EXAMPLE', resourceType: 'ACCESS_KEY', accountId: '111122223333' },
      { uid: 'i-0123456789abcdef0', resourceType: 'EC2_INSTANCE' },
    ],
    endpoints: [{ ip: '203.0.113.77' }],
  };
  const raw = edited(key, {
    'detail.type': 'AttackSequence:S3/CompromisedData',
    'detail.severity': 9,
    'detail.resource': { resourceType: 'AttackSequence' },
    'detail.service.detection': { sequence: chain },
  });

  it('takes actors, buckets and long-term keys from its signals, as its resource block names nothing', () => {
    const found = read(raw);
    expect(found.targets).toEqual([
      { kind: 's3-bucket', id: 'northwind-patient-records', account: other, region: 'us-west-2' },
      { kind: 'ec2-instance', id: 'i-0123456789abcdef0', account: '111122223333', region: 'us-east-1' },
      { kind: 'iam-access-key', id: 'AKIAIOSFODNN7EXAMPLE', account: '111122223333', region: 'us-east-1' },
      { kind: 'iam-user', id: 'etl-nightly', account: '111122223333', region: 'us-east-1' },
      { kind: 'iam-role', id: 'etl-role', account: '111122223333', region: 'us-east-1' },
      { kind: 'role-session', id: 'etl-role/s1', account: '111122223333', region: 'us-east-1' },
    ]);
    expect(found).toMatchObject({ severity: 'critical', phiHint: true });
    expect(found.actors.map((a) => [a.kind, a.session, a.origin])).toEqual([
      ['iam-user', undefined, '203.0.113.77'],
      ['role-session', 's1', '203.0.113.77'],
      ['iam-user', undefined, '203.0.113.77'],
    ]);
  });

  it('is made of the findings among its signals, which join it', () => {
    const found = read(sample(native));
    expect(found.joins).toEqual([member, `${detector}/finding/0a1b2c3d4e5f60718293a4b5c6d7e8f9`]);
  });

  it('is joined by a member finding that names it', () => {
    const sequence = read(sample(native));
    expect(read(sample('custom-rule.guardduty-eventbridge')).joins).toEqual([sequence.id]);
    expect(sequence.joins).toContain(read(sample(key)).id);
  });

  it('says the same in Security Hub’s form, of which it is the same finding', () => {
    const [one, other] = [read(sample(native)), read(sample('attack-sequence.asff-imported'))];
    for (const field of ['id', 'type', 'severity', 'joins', 'actors', 'createdAt'] as const)
      expect(other[field], field).toEqual(one[field]);
  });

  it.each([
    ['itself', { 'detail.associatedAttackSequenceArn': `${detector}/finding/5d6e7f8091a2b3c4d5e6f708192a3b4c` }],
    ['what is no ARN of a finding', { 'detail.associatedAttackSequenceArn': 'arn:aws:s3:::b\n' }],
  ])('does not join %s', (_what, changes) => {
    expect(read(edited(native, { ...changes, 'detail.service.detection.sequence.signals': [] })).joins).toEqual([]);
  });

  it('has actors and resources without bound by Security Hub’s ten', () => {
    const many = Array.from({ length: 40 }, (_, n) => ({
      user: {
        name: `user-${n}`,
        type: 'IAMUser',
        credentialUid: `AKIAIOSFODNN7${1000 + n}`,
        account: { uid: '111122223333' },
      },
    }));
    const buckets = Array.from({ length: 60 }, (_, n) => ({
      uid: `arn:aws:s3:::records-${n}`,
      resourceType: 'S3_BUCKET',
    }));
    const found = read(
      edited(native, {
        'detail.service.detection.sequence.actors': many,
        'detail.service.detection.sequence.resources': buckets,
      }),
    );
    expect(found.actors).toHaveLength(40);
    expect(found.targets).toHaveLength(40 + 40 + 60);
  });

  it('names an object by its bucket, as its key may name a patient', () => {
    const found = read(sample(native));
    expect(targetsOf(found)).toContain('s3-bucket:northwind-claims');
    expect(JSON.stringify(found)).not.toContain('doe-jane');
  });

  it('makes no target of an actor from another account', () => {
    expect(read(raw).untargeted).toContainEqual({
      named: 'stranger',
      reason: 'of account 999988887777, not of the account in the finding',
    });
  });
});
