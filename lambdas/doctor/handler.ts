import { z } from 'zod';
import { inert } from '../core/inert.ts';
import type { Readiness } from '../core/readiness.ts';
import { lambda } from '../platform/handler.ts';
import { notify } from '../platform/mail.ts';
import type { Platform } from '../platform/platform.ts';
import { keys, records } from '../platform/records.ts';
import { Table } from '../platform/table.ts';
import { examine } from './examine.ts';

/** API Gateway answers its caller after 30 seconds, whatever we do (HTTP API quotas). */
const patience = 25;

const call = z.looseObject({ requestContext: z.looseObject({}).optional() });

/** At night: examines, keeps the report, and tells the people on call what is missing. Asked by a person: examines and answers, and changes nothing. */
export const { build, handler } = lambda('doctor', call, async ({ requestContext }, platform) => {
  if (requestContext)
    return {
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: JSON.stringify(await examine(platform, patience)),
    };
  const report = await examine(platform);
  await new Table(platform).write([{ key: keys.doctor(report.examinedAt), record: records.doctor.write(report) }]);
  const wrong = report.checks.flatMap((c) => c.lines).filter((l) => l.state !== 'ok');
  if (wrong.length > 0) {
    platform.metrics.count('DoctorFinds', wrong.length);
    await tell(platform, report);
  }
  return { missing: wrong.length };
});

async function tell(platform: Platform, { checks }: Readiness): Promise<void> {
  const { onCall } = await platform.settings();
  const sections = checks.flatMap(({ title, lines }) =>
    lines.flatMap((l) =>
      l.state === 'ok'
        ? []
        : [
            {
              heading: `${title}: ${l.state}`,
              lines: [l.what, `in an incident: ${l.cost}`, `mend it: ${l.command}`].map((t) => inert(t, 600)),
            },
          ],
    ),
  );
  const count = sections.length;
  const { failed } = await notify(
    platform,
    {
      drill: platform.drill,
      subject: `${platform.drill ? 'DRILL ' : ''}NEEDS YOU: ${count} ${count === 1 ? 'thing is' : 'things are'} missing before the next incident`,
      sections: [...sections, { heading: 'Look again', lines: ['tourniquet doctor'] }],
    },
    onCall,
  );
  if (failed.length > 0) platform.log.warn('not everybody could be told', { failed: failed.join('; ') });
}
