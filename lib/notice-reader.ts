import { Construct } from 'constructs';
import { type Deployed, objects } from './grants.ts';
import { prefix } from './names.ts';
import { Rights } from './rights.ts';

/**
 * Promise: whoever its policy is attached to (the privacy officer's role, and that of whoever prints and posts) may list and read what
 * the check of a list and the sending leave behind, and change nothing: reports of bad rows, letters, lists for substitute notice,
 * documents, proofs. Neither the uploaded lists nor the key that keeps names out of the ledger (`mailing/<case>/key`) are among them.
 */
export class NoticeReader extends Construct {
  constructor(scope: Construct, id: string, { names, key }: Deployed) {
    super(scope, id);
    new Rights(this, 'Rights', {
      name: `${prefix}-notice-reader`,
      description: 'Read reports of bad rows, letters, lists and proofs of breach notices; change nothing',
      rights: [
        objects(names, `${names.caseBucket}/mailing/*/*`, 's3:GetObject'),
        objects(names, `${names.caseBucket}/notices`, 's3:GetObject'),
        {
          actions: ['s3:ListBucket'],
          resources: [`arn:${names.partition}:s3:::${names.caseBucket}`],
          conditions: { StringLike: { 's3:prefix': ['mailing/*', 'notices/*'] } },
        },
        key.through(['s3'], ['kms:Decrypt']),
      ],
    });
  }
}
