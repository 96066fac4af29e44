import type { Rehearsal } from './rehearsal.ts';

const policy = 'tourniquet-recipients-writer';

/**
 * Puts a list of people into the case bucket as the privacy officer does: by the deployed policy for it and no other right. Gives the
 * object's name. Throws what S3 throws.
 */
export async function uploadRecipients(
  drill: Rehearsal,
  incident: string,
  file: string,
  body: string,
): Promise<string> {
  const { response } = drill.settings.accounts;
  const account = drill.world.account(response);
  const role =
    account.roles.get('privacy-officer') ??
    account.addRole({
      name: 'privacy-officer',
      trust: { Statement: [] },
      managed: [`arn:aws:iam::${response}:policy/${policy}`],
    });
  const bucket = drill.deployment.functions.get('tourniquet-console')?.environment.CASE_BUCKET;
  const Key = `recipients/${incident}/${file}`;
  const credentials = drill.world.roleCredentials(role.arn, 'officer');
  await drill.during(
    drill.aws.send('S3', 'PutObject', { Bucket: bucket, Key, Body: body }, credentials, drill.settings.homeRegion),
  );
  return Key;
}
