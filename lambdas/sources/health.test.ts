import { describe, expect, it } from 'vitest';
import { edited, read, refused, sample, targetsOf } from './samples/load.ts';

const exposed = 'health-exposed-key.eventbridge';
const key = 'iam-access-key:AKIAIOSFODNN7EXAMPLE';
const user = 'iam-user:etl-nightly';

/** The exposed key, named in this way only. */
const named = (entityValue: string) =>
  read(edited(exposed, { 'detail.eventMetadata': undefined, 'detail.affectedEntities': [{ entityValue }] }));

describe('an AWS Health event', () => {
  it('about an exposed key names the key and its user, of the affected account', () => {
    const found = read(sample(exposed));
    expect(found).toMatchObject({
      product: 'health',
      type: 'AWS_RISK_CREDENTIALS_EXPOSED',
      severity: 'high',
      account: '111122223333',
      region: 'us-east-1',
      createdAt: '2026-11-21T02:05:10.000Z',
      updatedAt: '2026-11-21T02:06:00.000Z',
      trusted: true,
    });
    expect(found.ignore).toBeUndefined();
    expect(targetsOf(found)).toEqual([key, user]);
  });

  it('from the backup Region is the same finding', () => {
    expect(read(sample('health-exposed-key.backup-region'))).toEqual(read(sample(exposed)));
  });

  it('of several pages is one finding, each page with its own targets', () => {
    const second = read(
      edited(exposed, {
        'detail.page': '2',
        'detail.totalPages': '2',
        'detail.eventMetadata': {},
        'detail.affectedEntities': [{ entityValue: 'AKIAI44QH8DHBEXAMPLE' }],
      }),
    );
    expect(second.id).toBe(read(sample(exposed)).id);
    expect(targetsOf(second)).toEqual(['iam-access-key:AKIAI44QH8DHBEXAMPLE']);
  });

  it('is another finding in another account, or as another message', () => {
    const { id } = read(sample(exposed));
    expect(read(edited(exposed, { 'detail.affectedAccount': '999988887777' })).id).not.toBe(id);
    expect(read(edited(exposed, { 'detail.communicationId': 'other-1' })).id).not.toBe(id);
    expect(read(edited(exposed, { 'detail.communicationId': undefined })).id).toContain(
      'arn:aws:health:global::event/',
    );
  });

  it.each([
    ['the plain key', 'AKIAIOSFODNN7EXAMPLE', [key]],
    ['the ARN of the user', 'arn:aws:iam::111122223333:user/jobs/etl-nightly', [user]],
    ['user and key', 'IAM_USER/etl-nightly/AKIAIOSFODNN7EXAMPLE', [user, key]],
    ['the user', 'IAM_USER/etl-nightly', [user]],
    ['the ARN of a role', 'arn:aws:iam::111122223333:role/etl-role', ['iam-role:etl-role']],
    ['the ARN of a bucket', 'arn:aws:s3:::records', ['s3-bucket:records']],
    ['an instance', 'i-0123456789abcdef0', ['ec2-instance:i-0123456789abcdef0']],
    ['the ARN of the root user', 'arn:aws:iam::111122223333:root', ['root-user:root']],
    ['an instance of another account', 'arn:aws:ec2:us-east-1:999988887777:instance/i-0123456789abcdef0', []],
    ['a temporary key', 'ASIAIOSFODNN7EXAMPLE', []],
    ['a user of another account', 'arn:aws:iam::999988887777:user/x', []],
    ['a placeholder', 'ACCESS_KEY_ID_HERE', []],
    ['a hostile path', 'IAM_USER/<b>/AKIA../x', []],
    ['the unique id of a user', 'AIDAJQABLZS4A3QDU576Q', []],
  ])('names its credential by %s', (_how, entityValue, targets) => {
    const found = named(entityValue);
    expect(targetsOf(found)).toEqual(targets);
    // what is no target is shown all the same
    expect(found.untargeted.length > 0).toBe(targets.length === 0);
  });

  it.each([
    ['IAM', 'AWS_RISK_CREDENTIALS_COMPROMISED'],
    ['RISK', 'SOMETHING_NEW'],
    ['ABUSE', 'AWS_ABUSE_DOS_REPORT'],
  ])('of service %s and code %s is answered', (service, eventTypeCode) => {
    const found = read(edited(exposed, { 'detail.service': service, 'detail.eventTypeCode': eventTypeCode }));
    expect(found).toMatchObject({ severity: 'high', type: eventTypeCode });
    expect(found.ignore).toBeUndefined();
  });

  it('about operations is read, and is not to be answered', () => {
    const changes = { 'detail.service': 'EC2', 'detail.eventTypeCode': 'AWS_EC2_OPERATIONAL_ISSUE' };
    const found = read(edited(exposed, changes));
    expect(found).toMatchObject({ severity: 'informational', ignore: expect.stringContaining('"EC2"') });
  });

  it('about abuse is answered, and names the machine', () => {
    const found = read(sample('health-abuse.eventbridge'));
    expect(found).toMatchObject({ type: 'AWS_ABUSE_DOS_REPORT', severity: 'high', account: '111122223333' });
    expect(targetsOf(found)).toEqual(['ec2-instance:i-0123456789abcdef0']);
  });

  it.each([
    ['it names', {}, '111122223333'],
    ['its metadata name', { 'detail.affectedAccount': undefined }, '111122223333'],
    ['its metadata name', { 'detail.affectedAccount': 'AKIAIOSFODNN7EXAMPLE' }, '111122223333'],
    ['it was sent to', { 'detail.affectedAccount': undefined, 'detail.eventMetadata': {} }, '444455556666'],
  ])('is of the account that %s', (_which, changes, account) => {
    expect(read(edited(exposed, changes)).account).toBe(account);
  });

  it('is of the Region of what is affected, never of the bus', () => {
    expect(read(edited(exposed, { 'detail.eventRegion': 'eu-west-1', region: 'us-west-2' })).region).toBe('eu-west-1');
    const eventArn = 'arn:aws-us-gov:health:global::event/RISK/X/1';
    expect(read(edited(exposed, { 'detail.eventArn': eventArn })).region).toBe('us-gov-west-1');
  });

  it.each([
    [{ 'detail.lastUpdatedTime': '' }, '2026-11-21T02:05:10.000Z', '2026-11-21T02:05:10.000Z'],
    [{ 'detail.startTime': '' }, '2026-11-21T02:06:00.000Z', '2026-11-21T02:06:00.000Z'],
    [
      { 'detail.startTime': undefined, 'detail.lastUpdatedTime': undefined },
      '2026-11-21T02:16:00.000Z',
      '2026-11-21T02:16:00.000Z',
    ],
  ])('with %j was created %s and updated %s', (changes, createdAt, updatedAt) => {
    expect(read(edited(exposed, changes))).toMatchObject({ createdAt, updatedAt });
  });

  it.each([
    ['detail.eventTypeCode', 'AWS RISK', 'not an event type code'],
    ['detail.service', undefined, 'missing'],
    ['detail.startTime', 'Sat, 99 Nov 2026 02:05:10 GMT', 'expected a time'],
    ['detail.affectedEntities', {}, 'array'],
  ])('is refused, naming the field, when %s is %j', (field, value, problem) => {
    const error = refused(edited(exposed, { [field]: value }));
    expect(error.field).toBe(field);
    expect(error.problem).toContain(problem);
  });

  it('is refused when nothing says its account, its id or its time', () => {
    const nowhere = { 'detail.affectedAccount': 'AKIAIOSFODNN7EXAMPLE', 'detail.eventMetadata': {} };
    expect(refused(edited(exposed, nowhere)).field).toBe('detail.affectedAccount');
    const nameless = { 'detail.communicationId': '', 'detail.eventArn': '' };
    expect(refused(edited(exposed, nameless)).field).toBe('detail.communicationId');
    const timeless = { 'detail.startTime': '', 'detail.lastUpdatedTime': '', time: '' };
    expect(refused(edited(exposed, timeless)).field).toBe('detail.startTime');
  });
});
