/** They change templates, so they stand with the stacks that rely on them and not in cdk.json. */
export const flags = {
  '@aws-cdk/core:enablePartitionLiterals': true,
  '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy': true,
};
