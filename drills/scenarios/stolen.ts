import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import type { Credentials } from '../aws/world.ts';
import type { Rehearsal } from '../engine/rehearsal.ts';

/** Credentials in the form of the simulated AWS, from what STS answers. */
export function credentialsOf(
  given: { AccessKeyId?: string; SecretAccessKey?: string; SessionToken?: string } | undefined,
): Credentials {
  return {
    accessKeyId: given?.AccessKeyId ?? '',
    secretAccessKey: given?.SecretAccessKey ?? '',
    sessionToken: given?.SessionToken,
  };
}

/** The session of 36 hours that an attacker mints with a stolen key, from his own address. */
export async function mintedWith(drill: Rehearsal, key: string, region: string): Promise<Credentials> {
  const credentials = drill.world.keyCredentials(key);
  const sts = drill.aws.client(STSClient, { region, credentials, sourceIp: '203.0.113.77' });
  const { Credentials: given } = await sts.send(new GetSessionTokenCommand({ DurationSeconds: 129_600 }));
  return credentialsOf(given);
}
