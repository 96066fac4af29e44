import { z } from 'zod';

/**
 * The kinds of resource Tourniquet may act on. `id` is the grammar that a name must match before it reaches an AWS call
 * (invariant 6); `arn` is the resource as IAM policies name it; `global` kinds have no Region of their own.
 * Grammars: S3 bucket naming rules; IAM CreateUser, CreateRole and AccessKey data types.
 */
export const targetKinds = {
  's3-bucket': {
    id: /^(?=.{3,63}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/,
    arn: (_account: string, id: string, partition: string) => `arn:${partition}:s3:::${id}`,
    global: false,
    noun: 'bucket',
  },
  'iam-access-key': {
    id: /^AKIA[A-Z0-9]{12,124}$/,
    arn: (account: string, _id: string, partition: string) => `arn:${partition}:iam::${account}:user/*`,
    global: true,
    noun: 'access key',
  },
  'iam-user': {
    id: /^[\w+=,.@-]{1,64}$/,
    arn: (account: string, id: string, partition: string) => `arn:${partition}:iam::${account}:user/${id}`,
    global: true,
    noun: 'IAM user',
  },
  'iam-role': {
    id: /^[\w+=,.@-]{1,64}$/,
    arn: (account: string, id: string, partition: string) => `arn:${partition}:iam::${account}:role/${id}`,
    global: true,
    noun: 'IAM role',
  },
} as const satisfies Record<
  string,
  { id: RegExp; arn: (account: string, id: string, partition: string) => string; global: boolean; noun: string }
>;

export type TargetKind = keyof typeof targetKinds;
export const targetKind = z.enum(Object.keys(targetKinds) as [TargetKind, ...TargetKind[]]);

export const accountId = z.string().regex(/^\d{12}$/, 'an AWS account id has exactly 12 digits');
export const regionName = z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'not the name of an AWS Region');

export const target = z
  .strictObject({ kind: targetKind, id: z.string(), account: accountId, region: regionName })
  .superRefine((t, context) => {
    if (!targetKinds[t.kind].id.test(t.id))
      context.addIssue({ code: 'custom', path: ['id'], message: `not the name of an ${t.kind}` });
  });
export type Target = z.infer<typeof target>;

/** One resource, one key: the Region of a global kind (IAM) says nothing about which resource it is, so it is left out. */
export function targetKey(t: Target): string {
  return `${t.account}#${targetKinds[t.kind].global ? 'global' : t.region}#${t.kind}#${t.id}`;
}

export function targetArn(t: Target, partition = 'aws'): string {
  return targetKinds[t.kind].arn(t.account, t.id, partition);
}
