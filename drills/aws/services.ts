import { accountManagementService } from './accountManagement.ts';
import { autoScalingService } from './autoscaling/service.ts';
import { cloudTrailService } from './cloudtrail.ts';
import { configService } from './config/service.ts';
import { ec2Service } from './ec2/service.ts';
import { elasticLoadBalancingService } from './elbv2/service.ts';
import { guardDutyService } from './guardduty/service.ts';
import { iamService } from './iam/service.ts';
import type { Service } from './kernel.ts';
import { kmsService } from './kms/service.ts';
import { macieService } from './macie2.ts';
import { organizationsService } from './organizations/service.ts';
import { rdsService } from './rds/service.ts';
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
    EC2: ec2Service(world),
    RDS: rdsService(world),
    AutoScaling: autoScalingService(world),
    ElasticLoadBalancingV2: elasticLoadBalancingService(world),
    CloudTrail: cloudTrailService(world),
    KMS: kmsService(world),
    ConfigService: configService(world),
    GuardDuty: guardDutyService(world),
    Macie2: macieService(world),
    Organizations: organizationsService(world),
    Account: accountManagementService(),
  };
}
