import { accountManagementService } from './accountManagement.ts';
import { cloudTrailService } from './cloudtrail.ts';
import { iamService } from './iam/service.ts';
import type { Service } from './kernel.ts';
import { s3ControlService } from './s3/block.ts';
import { s3Service } from './s3/service.ts';
import { stsService } from './sts.ts';
import type { World } from './world.ts';

/** The services whose state is the world's own, keyed by SDK client name without "Client". */
export function coreServices(world: World): Record<string, Service> {
  return {
    S3: s3Service(world),
    S3Control: s3ControlService(world),
    IAM: iamService(world),
    STS: stsService(world),
    CloudTrail: cloudTrailService(world),
    Account: accountManagementService(),
  };
}
