import { Construct } from 'constructs';
import { type Deployed, objects } from './grants.ts';
import { prefix } from './names.ts';
import { Rights } from './rights.ts';

/**
 * Promise: whoever its policy is attached to (the privacy officer's role) may upload lists of people to be told, and read neither them
 * nor anything else of a case. The key's Decrypt is what S3 asks of an upload in parts; there is no right to get an object.
 */
export class RecipientsWriter extends Construct {
  constructor(scope: Construct, id: string, { names, key }: Deployed) {
    super(scope, id);
    new Rights(this, 'Rights', {
      name: `${prefix}-recipients-writer`,
      description: 'Upload lists of people to be told of a breach; read nothing',
      rights: [
        objects(names, `${names.caseBucket}/recipients`, 's3:PutObject'),
        key.through(['s3'], ['kms:GenerateDataKey', 'kms:Decrypt']),
      ],
    });
  }
}
