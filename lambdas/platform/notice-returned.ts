import { Refused } from '../core/errors.ts';
import { hashOf } from '../core/json.ts';
import { missed } from '../core/ledger.ts';
import { ledger, returnedMinutes, tallyOf } from './ledger.ts';
import { noticeOf } from './notices.ts';
import { inMinutes, start } from './plans.ts';
import { type Platform, variable } from './platform.ts';
import { type Item, Table } from './table.ts';

/** How long after the last e-mail it is looked for unasked. */
const lookedForDays = 3;

/**
 * E-mails that come back after the proof are told by the machine, which lists these people, proves anew and tells the officer. The record
 * stays due for some days, so that an event and this look cannot miss each other; a later event makes it due again.
 */
export async function lookAtReturned(platform: Platform, item: Item): Promise<void> {
  const table = new Table(platform);
  const of = ledger.returned.read(item.record);
  const put = (due: string | undefined) =>
    table.write([{ key: item.key, record: ledger.returned.write(of), was: item.rev, due }]);
  const found = await noticeOf(table, of.incident, of.notice).catch((error: unknown) => {
    if (error instanceof Refused) return undefined;
    throw error;
  });
  // another draft has taken its place
  if (!found) return put(undefined);
  const { record } = found;
  const proved = record.state === 'sent' || record.state === 'in-hand';
  const more = proved && missed(await tallyOf(table, of)) > missed(record.sent);
  const { finishedAt } = record;
  const over = finishedAt !== undefined && platform.now().since(finishedAt).total('hours') > lookedForDays * 24;
  await put(more || !over ? inMinutes(platform, returnedMinutes) : undefined);
  if (!more) return;
  const { attempt, run } = record;
  const minute = platform
    .now()
    .toString({ smallestUnit: 'minute' })
    .replaceAll(/[^0-9]/g, '');
  const name = `${of.incident}-n-${hashOf(of.notice).slice(0, 12)}-${attempt}-b${minute}`;
  await start(platform, variable(platform, 'MACHINE_NOTIFY'), name, { ...of, attempt, run });
}
