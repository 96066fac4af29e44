import { Aws } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Settings } from '../lambdas/core/settings.ts';
import { accessLogsOf, namesOf, prefix } from './names.ts';

const reading = ['iam:Get*', 'iam:List*', 'iam:Generate*', 'iam:Simulate*'];

/**
 * What the responder must never touch, whatever an action declares or a session policy leaves open (invariant 5):
 * the principals that the settings protect, service-linked and Identity Center roles, our own roles, the evidence.
 */
export function responderDenies(settings: Settings): PolicyStatement[] {
  const names = namesOf(settings);
  const iam = (resource: string) => `arn:${names.partition}:iam::${Aws.ACCOUNT_ID}:${resource}`;
  const ours = [names.vault, names.caseBucket].flatMap((name) => [name, accessLogsOf(name)]);
  const buckets = ours.map((name) => `arn:${names.partition}:s3:::${name}`);
  return [
    new PolicyStatement({
      sid: 'ProtectedPrincipals',
      effect: Effect.DENY,
      // Everything but reading: a new IAM write is denied before anybody here has heard of it.
      notActions: reading,
      resources: [
        iam('role/aws-reserved/*'),
        iam(`role/${prefix}-*`),
        iam(`policy/${prefix}-*`),
        ...settings.protectedPrincipals,
      ],
    }),
    new PolicyStatement({
      sid: 'ServiceLinkedRoles',
      effect: Effect.DENY,
      // Handing a service its own role back (a Config recorder that was deleted) changes nothing about the role.
      notActions: [...reading, 'iam:PassRole'],
      resources: [iam('role/aws-service-role/*')],
    }),
    new PolicyStatement({
      sid: 'EvidenceAndCases',
      effect: Effect.DENY,
      actions: ['s3:*'],
      resources: [...buckets, ...buckets.map((bucket) => `${bucket}/*`)],
    }),
    new PolicyStatement({
      sid: 'OnlyTheFullDeny',
      effect: Effect.DENY,
      actions: ['iam:AttachUserPolicy', 'iam:DetachUserPolicy', 'iam:AttachRolePolicy', 'iam:DetachRolePolicy'],
      resources: ['*'],
      conditions: { ArnNotEquals: { 'iam:PolicyARN': `arn:${names.partition}:iam::aws:policy/AWSDenyAll` } },
    }),
  ];
}
