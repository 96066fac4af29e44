import { GetDetectorCommand, GuardDutyClient, ListDetectorsCommand } from '@aws-sdk/client-guardduty';
import { type Check, everywhere, type Line, looked, missing, ok } from '../check.ts';
import manifest from './guardduty.json' with { type: 'json' };

const cost = {
  none: 'what an attacker does there raises no finding: nobody is told and nothing is contained',
  slow: 'a finding that happens again, from a new address or on more objects, is told up to six hours late',
};

/** The detector of one account and Region. A Region has one; its administrator sets how often its findings are published again. */
async function detectorLine(client: GuardDutyClient, at: string, region: string): Promise<Line> {
  const { DetectorIds: [id] = [] } = await client.send(new ListDetectorsCommand({}));
  const on = `aws guardduty create-detector --enable --finding-publishing-frequency FIFTEEN_MINUTES --region ${region}`;
  if (!id) return missing(`${at}: GuardDuty has no detector`, { cost: cost.none, command: on });
  const { Status, FindingPublishingFrequency } = await client.send(new GetDetectorCommand({ DetectorId: id }));
  const update = `aws guardduty update-detector --detector-id ${id} --region ${region}`;
  if (Status !== 'ENABLED')
    return missing(`${at}: GuardDuty's detector is switched off`, { cost: cost.none, command: `${update} --enable` });
  if (FindingPublishingFrequency !== 'FIFTEEN_MINUTES')
    return missing(
      `${at}: GuardDuty publishes updates every ${FindingPublishingFrequency}, not every FIFTEEN_MINUTES`,
      {
        cost: cost.slow,
        command: `${update} --finding-publishing-frequency FIFTEEN_MINUTES`,
      },
    );
  return ok(`${at}: GuardDuty is on and publishes every 15 minutes`);
}

/**
 * A detector is on in every member account and Region, and in the response account, which is GuardDuty's administrator: the members'
 * findings reach its bus, and its frequency holds for theirs (GuardDuty user guide, "Frequency of exporting active findings").
 */
const check: Check = {
  ...manifest,
  async examine(ground) {
    const { settings, platform, regions } = ground;
    const mend = (region: string) => ({ cost: cost.none, command: `aws guardduty list-detectors --region ${region}` });
    const members = everywhere(
      ground,
      () => true,
      ({ region }) => mend(region),
      (member, { at, region }) => detectorLine(member.client(GuardDutyClient, region), at, region),
    );
    const { response } = settings.accounts;
    if (settings.accounts.members.some(({ id }) => id === response)) return members;
    const own = regions.map((region) => {
      const at = `response account, ${region}`;
      return looked(at, mend(region), () => detectorLine(platform.client(GuardDutyClient, { region }), at, region));
    });
    return [...(await members), ...(await Promise.all(own)).flat()];
  },
};
export default check;
