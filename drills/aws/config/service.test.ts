import { describe, expect, it } from 'vitest';
import { allow, clinic, outcome, region, testWorld } from '../testWorld.ts';
import { seedRecorder } from './service.ts';

const role = `arn:aws:iam::${clinic}:role/config`;

function grounds() {
  const t = testWorld();
  const account = t.world.account(clinic);
  account.addRole({ name: 'config', trust: { Statement: [] } });
  account.addBucket({ name: 'items', region });
  const root = t.world.rootCredentials(clinic);
  const call = (command: string, input: object = {}, signer = root) =>
    t.aws.send('ConfigService', command, input, signer, region);
  return { ...t, account, call };
}
const ConfigurationRecorder = { name: 'default', roleARN: role };
const named = { ConfigurationRecorderName: 'default' };
const DeliveryChannel = { name: 'default', s3BucketName: 'items' };

describe('a configuration recorder', () => {
  it('is built before its channel, and starts only with one', async () => {
    const { call } = grounds();
    expect(await outcome(call('PutDeliveryChannel', { DeliveryChannel }))).toBe(
      'NoAvailableConfigurationRecorderException',
    );
    await call('PutConfigurationRecorder', { ConfigurationRecorder });
    expect(await outcome(call('StartConfigurationRecorder', named))).toBe('NoAvailableDeliveryChannelException');
    await call('PutDeliveryChannel', { DeliveryChannel });
    await call('StartConfigurationRecorder', named);
    expect(await call('DescribeConfigurationRecorderStatus')).toMatchObject({
      ConfigurationRecordersStatus: [{ name: 'default', recording: true }],
    });
  });

  it('keeps its last channel while it runs, and is one of its kind', async () => {
    const { call, account } = grounds();
    seedRecorder(account, { region, role, bucket: 'items' });
    const channel = { DeliveryChannelName: 'default' };
    expect(await outcome(call('DeleteDeliveryChannel', channel))).toBe('LastDeliveryChannelDeleteFailedException');
    const second = { ConfigurationRecorder: { ...ConfigurationRecorder, name: 'second' } };
    expect(await outcome(call('PutConfigurationRecorder', second))).toBe(
      'MaxNumberOfConfigurationRecordersExceededException',
    );
    await call('StopConfigurationRecorder', named);
    await call('DeleteDeliveryChannel', channel);
    await call('DeleteConfigurationRecorder', named);
    expect(await outcome(call('StopConfigurationRecorder', named))).toBe('NoSuchConfigurationRecorderException');
  });

  it('takes a role only from somebody who may pass it, and only one that there is', async () => {
    const { call, userWith } = grounds();
    const user = userWith(clinic, allow('config:*'));
    expect(await outcome(call('PutConfigurationRecorder', { ConfigurationRecorder }, user))).toBe(
      'AccessDeniedException',
    );
    const lost = { ConfigurationRecorder: { ...ConfigurationRecorder, roleARN: `${role}-gone` } };
    expect(await outcome(call('PutConfigurationRecorder', lost))).toBe('InvalidRoleException');
  });
});
