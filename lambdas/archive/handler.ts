import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { z } from 'zod';
import { canonical } from '../core/json.ts';
import { lambda } from '../platform/handler.ts';
import { variable } from '../platform/platform.ts';
import { putOnce } from '../platform/raw.ts';

const streamEvent = z.looseObject({
  Records: z.array(
    z.looseObject({
      dynamodb: z.looseObject({ SequenceNumber: z.string(), NewImage: z.record(z.string(), z.unknown()).optional() }),
    }),
  ),
});
const entry = z.looseObject({ pk: z.string(), sk: z.string(), record: z.looseObject({ hash: z.string().optional() }) });

/**
 * Table stream → vault: every timeline and custody entry, as canonical JSON, under a name that can be written once. The name carries
 * the entry's hash, so a record that was rewritten lands beside the first and shows.
 */
export const { build, handler } = lambda('archive', streamEvent, async ({ Records }, platform) => {
  const vault = variable(platform, 'VAULT_BUCKET');
  const owner = variable(platform, 'VAULT_ACCOUNT');
  for (const { dynamodb } of Records) {
    if (!dynamodb.NewImage) continue;
    const { pk, sk, record } = entry.parse(unmarshall(dynamodb.NewImage as Record<string, AttributeValue>));
    if (!/^(?:TIMELINE|CUSTODY)#/.test(sk)) continue;
    const name = `incidents/${pk.slice('INCIDENT#'.length)}/${sk.replace('#', '/').toLowerCase()}-${record.hash}.json`;
    await putOnce(platform, vault, owner, name, canonical(record), 'application/json');
  }
  return { batchItemFailures: [] };
});
