import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { type Check, type Line, looked, missing, ok } from '../check.ts';
import manifest from './keys.json' with { type: 'json' };

const costs = {
  response: 'no record, queue or page can be read or written: Tourniquet stands still',
  vault: 'evidence cannot be kept: it is lost when AWS or the attacker deletes it at its source',
};

/** What brings a key back from each of its states (KMS developer guide, "Key states of AWS KMS keys"). */
function mending(arn: string, state: string | undefined, region: string): string {
  const commands = state === 'PendingDeletion' ? ['cancel-key-deletion', 'enable-key'] : ['enable-key'];
  return commands.map((command) => `aws kms ${command} --key-id ${arn} --region ${region}`).join(' && ');
}

/** The key of the records and the key of the evidence can be used. */
const check: Check = {
  ...manifest,
  async examine({ platform, settings }) {
    const { accounts, homeRegion: region } = settings;
    const partition = platform.environment.PARTITION ?? 'aws';
    const keys = [
      { alias: 'tourniquet-response', of: 'records', account: accounts.response, cost: costs.response },
      { alias: 'tourniquet-vault', of: 'evidence', account: accounts.forensic, cost: costs.vault },
    ];
    const lines = keys.map(async ({ alias, of, account, cost }): Promise<Line[]> => {
      const id = `arn:${partition}:kms:${region}:${account}:alias/${alias}`;
      return looked(
        `the key of the ${of}`,
        { cost, command: `aws kms describe-key --key-id ${id} --region ${region}` },
        async () => {
          const { KeyMetadata } = await platform.client(KMSClient).send(new DescribeKeyCommand({ KeyId: id }));
          if (KeyMetadata?.Enabled) return ok(`the key of the ${of} can be used`);
          const { KeyState: state, Arn: arn = id } = KeyMetadata ?? {};
          return missing(`the key of the ${of} cannot be used: it is ${state}`, {
            cost,
            command: mending(arn, state, region),
          });
        },
      );
    });
    return (await Promise.all(lines)).flat();
  },
};
export default check;
