import { createHash } from 'node:crypto';
import { AwsError } from '../kernel.ts';
import type { ObjectVersion } from './bucket.ts';

/** How a request names a key of the customer's own (SSE-C). */
export interface CustomerKey {
  SSECustomerAlgorithm?: string | undefined;
  SSECustomerKey?: unknown;
  SSECustomerKeyMD5?: string | undefined;
}

export const customerKeyParameters = ['SSECustomerAlgorithm', 'SSECustomerKey', 'SSECustomerKeyMD5'];

/**
 * The fingerprint of the customer's key, all that S3 keeps of it; undefined where the request names none. Throws InvalidArgument.
 * Does not model a bucket's BlockedEncryptionTypes, with which S3 itself refuses customer keys.
 */
export function fingerprint(input: CustomerKey): string | undefined {
  const { SSECustomerAlgorithm: algorithm, SSECustomerKey: key } = input;
  if ((algorithm === undefined) !== (key === undefined))
    throw new AwsError('InvalidArgument', 400, 'Requests with customer keys must provide the algorithm and the key');
  if (algorithm === undefined) return undefined;
  if (algorithm !== 'AES256') throw new AwsError('InvalidEncryptionAlgorithmError', 400, 'the algorithm is AES256');
  return createHash('md5').update(String(key)).digest('base64');
}

/** An object under a customer key is nobody's who does not name it (S3 user guide, "Using server-side encryption with customer-provided keys"). */
export function requireCustomerKey(version: ObjectVersion, input: CustomerKey): void {
  if (fingerprint(input) === version.customerKey) return;
  if (version.customerKey === undefined)
    throw new AwsError('InvalidRequest', 400, 'The encryption parameters are not applicable to this object.');
  if (input.SSECustomerKey === undefined)
    throw new AwsError(
      'InvalidRequest',
      400,
      'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
    );
  throw new AwsError('AccessDenied', 403, 'The customer key is not the one that the object was stored with');
}
