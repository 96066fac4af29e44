import type { Statement } from '../core/manifest.ts';
import type { Line } from '../core/readiness.ts';
import type { MemberAccount, Settings } from '../core/settings.ts';
import type { Member } from '../platform/action.ts';
import { isAnswer } from '../platform/aws-error.ts';
import type { Platform } from '../platform/platform.ts';

export type { Line };

export type Mend = Pick<Extract<Line, { state: 'missing' }>, 'cost' | 'command'>;

/** What a check looks at, through what. */
export interface Ground {
  platform: Platform;
  settings: Settings;
  /** the home Region first */
  regions: readonly string[];
  /** a member account through the observer, narrowed to what this check declares */
  observer(account: MemberAccount): Promise<Member>;
}

/** One precondition of an incident's first minutes (`lambdas/doctor/checks/<id>.ts`); its manifest stands beside it as `<id>.json`. Reads only. */
export interface Check {
  id: string;
  title: string;
  permissions: {
    /** through the observer role, in member accounts */
    member: Statement[];
    /** by the doctor's own role, in the response account */
    own: Statement[];
  };
  examine(ground: Ground): Promise<Line[]>;
}

export const ok = (text: string): Line => ({ state: 'ok', what: text });
export const missing = (text: string, mended: Mend): Line => ({ state: 'missing', what: text, ...mended });

/** A look whose refusal by AWS is a line of its own and stops no other. Our own faults are thrown. */
export async function looked(at: string, mended: Mend, look: () => Promise<Line | Line[]>): Promise<Line[]> {
  try {
    return [await look()].flat();
  } catch (error) {
    if (!isAnswer(error)) throw error;
    return [{ state: 'unknown', what: `${at}: AWS answers ${error.name}`, ...mended }];
  }
}

/** The same look in every one of these member accounts and wanted Regions, side by side. */
export async function everywhere(
  { settings, regions, observer }: Ground,
  which: (account: MemberAccount) => boolean,
  mended: (place: { account: MemberAccount; region: string }) => Mend,
  look: (member: Member, place: { account: MemberAccount; region: string; at: string }) => Promise<Line | Line[]>,
): Promise<Line[]> {
  const places = settings.accounts.members
    .filter(which)
    .flatMap((account) => regions.map((region) => ({ account, region, at: `${account.alias}, ${region}` })));
  const lines = await Promise.all(
    places.map((place) => looked(place.at, mended(place), async () => look(await observer(place.account), place))),
  );
  return lines.flat();
}

/** Patient data is there, or nobody has said that it is not. */
export const mayHoldPatientData = ({ phi }: MemberAccount): boolean => phi !== 'no';
