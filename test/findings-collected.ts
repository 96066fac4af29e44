/**
 * What is expected of every collected finding of other projects (`../shared/findings`), reviewed one by one: `file | answer targets`.
 * The answer is the playbooks, `ignore` (somebody has taken it, it passed, or it is about operations), or `unreadable` with the field.
 * Several findings of one file stand after one another, with `&` between. A playbook without a target tells people and finds out.
 *
 * Worth knowing: the account ids of thirteen digits and placeholders are refused, as nothing could be assumed in such an account;
 * `unrecognised` are controls that no patient data leaks by, retired types, and products that anybody may write as.
 */
export const expectedOfFiles: Record<string, string> = {
  _derived: `
    CredentialAccess-RDS-MaliciousIPCaller.SuccessfulLogin | exposed-database rds-instance:generatedfindingdbinstanceid
    CredentialAccess-RDS-TorIPCaller.SuccessfulLogin | exposed-database rds-instance:generatedfindingdbinstanceid
    DefenseEvasion-IAMUser-AnomalousBehavior | logging-disabled iam-user:GeneratedFindingUserName ec2-instance:i-99999999 account-region:us-east-1
    Discovery-IAMUser-AnomalousBehavior | insider iam-user:GeneratedFindingUserName ec2-instance:i-99999999
    Discovery-RDS-MaliciousIPCaller | exposed-database rds-instance:generatedfindingdbinstanceid
    Impact-S3-AnomalousBehavior.Permission | bucket-exfiltration+shared-bucket s3-bucket:cust-datastore-rx.int-mydns iam-role:example-etl-role role-session:example-etl-role/session
    Impact-S3-AnomalousBehavior.Write | bucket-destruction s3-bucket:cust-datastore-rx.int-mydns iam-role:example-etl-role role-session:example-etl-role/session
    Impact-S3-MaliciousIPCaller | bucket-destruction s3-bucket:cust-datastore-rx.int-mydns iam-role:example-etl-role role-session:example-etl-role/session
    PenTest-IAMUser-KaliLinux | leaked-access-key iam-user:GeneratedFindingUserName ec2-instance:i-99999999
    PenTest-IAMUser-ParrotLinux | leaked-access-key iam-user:GeneratedFindingUserName ec2-instance:i-99999999
    PenTest-S3-KaliLinux | bucket-exfiltration s3-bucket:cust-datastore-rx.int-mydns iam-role:example-etl-role role-session:example-etl-role/session
    Persistence-IAMUser-AnomalousBehavior | leaked-access-key iam-user:GeneratedFindingUserName ec2-instance:i-99999999
    Policy-IAMUser-RootCredentialUsage | root-credentials root-user:root ec2-instance:i-99999999
    PrivilegeEscalation-IAMUser-AnomalousBehavior | leaked-access-key iam-user:GeneratedFindingUserName ec2-instance:i-99999999
    SecurityHub-CloudTrail.1 | logging-disabled account-region:us-east-1
    SecurityHub-EC2.1 | shared-snapshot account-region:us-east-1
    SecurityHub-EC2.13 | open-security-group security-group:sg-0123456789abcdef0
    SecurityHub-EC2.14 | open-security-group security-group:sg-0123456789abcdef0
    SecurityHub-EC2.18 | open-security-group security-group:sg-0123456789abcdef0
    SecurityHub-IAM.22 | unrecognised iam-user:example-user
    SecurityHub-KMS.3 | key-at-risk kms-key:1234abcd-12ab-34cd-56ef-1234567890ab
    SecurityHub-SSM.4 | unrecognised
    UnauthorizedAccess-IAMUser-ConsoleLoginSuccess.B | insider iam-user:GeneratedFindingUserName ec2-instance:i-99999999
    UnauthorizedAccess-IAMUser-ResourceCredentialExfiltration.InsideAWS | compromised-role iam-role:example-task-role role-session:example-task-role/session ec2-instance:i-99999999
    UnauthorizedAccess-IAMUser-ResourceCredentialExfiltration.OutsideAWS | compromised-role iam-role:example-task-role role-session:example-task-role/session ec2-instance:i-99999999`,
  asr: `
    AutoScaling.1-2905dd | unrecognised
    AutoScaling.1-4d71e8 | unreadable CreatedAt
    CIS.1.10-3af273 | unrecognised aws-account:111111111111
    CIS.1.3-21aca6 | unrecognised iam-user:foobarbaz
    CIS.1.3-7fd3f2 | ignore iam-user:iamuser1
    CIS.1.4-50cd5b | unrecognised iam-user:foobarbaz
    CIS.1.4-71ecde | unrecognised iam-user:AIDACKCEVSQ6C2EXAMPLE
    CIS.1.5-7434ce | unrecognised aws-account:111111111111
    CIS.1.6-9df632 | unreadable CreatedAt
    CIS.2.1-2ee309 | logging-disabled account-region:us-east-1
    CIS.2.2-d5b67f | logging-disabled cloudtrail-trail:sharr-test
    CIS.2.3-42fc46 | ignore s3-bucket:cloudtrail-awslogs-111111111111-kjfskljdfl
    CIS.2.3-d8a88c | ignore s3-bucket:cloudtrail-awslogs-111111111111-kjfskljdfl
    CIS.2.6-7c7bbb | unrecognised s3-bucket:foobarbaz
    CIS.2.9-8d9f86 | unrecognised vpc:vpc-d1a07fba
    CIS.3.12-5548b0 | unrecognised aws-account:111111111111
    CIS.3.3-3d56ba | unrecognised aws-account:111111111111
    CIS.3.7-d4e364 | unrecognised aws-account:111111111111
    CIS.3.9-e98e16 | unrecognised aws-account:111111111111
    CIS.4.1-39e623 | ignore security-group:sg-087af114e4ae4c6ea
    CIS.4.1-48b270 | open-security-group security-group:sg-02cfbecbc814a3c24
    CloudFormation.1-622dc9 | unrecognised
    CloudFront.1-829c92 | unrecognised
    CloudTrail.1-54f310 | logging-disabled account-region:us-east-1
    CloudTrail.5-f07467 | logging-disabled cloudtrail-trail:s3events
    CodeBuild.2-95b24a | unrecognised
    Config.1-eb1fb9 | logging-disabled account-region:us-east-1
    EC2.1-34cf1d | shared-snapshot account-region:us-east-1
    EC2.6-39f3b9 | unrecognised vpc:vpc-e5b8f483
    EC2.7-53ce02 | unrecognised aws-account:111111111111
    IAM.3-5f88f8 | unrecognised iam-user:test-admin2
    IAM.6-ddc96b | unrecognised aws-account:111111111111 & unrecognised rds-cluster-snapshot:miotest-us-east-1c-final-snapshot
    IAM.7-6ee989 | unrecognised aws-account:111111111111
    PCI.AutoScaling.1-a1d16c | ignore aws-account:111111111111
    PCI.CloudTrail.1-1e623d | unrecognised cloudtrail-trail:sharr-test
    PCI.CloudTrail.2-71b470 | logging-disabled account-region:us-east-1
    PCI.CloudTrail.3-40ca8b | logging-disabled cloudtrail-trail:s3events
    PCI.CloudTrail.4-22b64f | logging-disabled cloudtrail-trail:sharr-test
    PCI.CodeBuild.2-55b53b | unrecognised
    PCI.EC2.1-24e72e | shared-snapshot account-region:us-east-1
    PCI.EC2.2-83cd4c | open-security-group security-group:sg-f519eb8a
    PCI.EC2.6-2a9c6f | unrecognised vpc:vpc-2554ef5d
    PCI.IAM.6-30fe09 | unrecognised iam-user:nsr-reporting
    PCI.IAM.7-5aa9ad | unrecognised iam-user:sharrtest
    PCI.IAM.8-7fe229 | unrecognised aws-account:111111111111
    PCI.Lambda.1-9aa53c | unrecognised
    PCI.S3.2-b46ac6 | ignore s3-bucket:so0111-aws-cloudtrail-111111111111
    RDS.1-63eeb8 | shared-snapshot rds-snapshot:test-snapshot-mydb-1trr1gfasnyfa
    RDS.6-c5d4ae | unrecognised rds-instance:database-1-instance-1
    RDS.6-c9acd3 | unrecognised
    RDS.7-975a51 | unrecognised
    RDS.8-f53bb4 | unrecognised rds-instance:database-1
    Redshift.1-fa5c40 | unrecognised
    Redshift.3-76839c | unrecognised
    S3.1-1ce9f4 | public-bucket aws-account:111111111111
    S3.12-932bb7 | ignore s3-bucket:asr-scv-reference
    S3.3-55f14f | ignore s3-bucket:so0111-aws-cloudtrail-111111111111
    S3.8-ae11db | public-bucket s3-bucket:example
    SNS.1-a83337 | unrecognised
    SQS.1-e26dd2 | unrecognised`,
  'aws-cli': `
    ExternalAccess-AWS-IAM-Role-ACTIVE-197493 | compromised-role iam-role:Cognito_testpoolAuth_Role`,
  'aws-health-tools': `
    AWS-EC2-HEALTH-TEST-EVENT-b9cf60 | ignore
    AWS-EC2-INSTANCE-STORE-DRIVE-PERFORMANCE-DEGRADED-27a508 | ignore ec2-instance:i-abcd1111
    AWS-RISK-CREDENTIALS-EXPOSED-f23396 | leaked-access-key`,
  'aws-samples-gd-response': `
    Canary-EC2-Stateless.IntegTest-80c2f6 | unrecognised ec2-instance:i-05746eb48123455e0`,
  'aws-samples-sh-pipeline': `
    CIS.4.1-f83a4a | unreadable AwsAccountId`,
  'aws-to-slack': `
    AWS-service-code-753677 | ignore`,
  'awsdocs-iam': `
    ExternalAccess-AWS-S3-Bucket-ACTIVE-c5a6aa | shared-bucket s3-bucket:my-bucket
    ExternalAccess-FAILED-1099e1 | ignore
    Software-and-Configuration-Checks-AWS-Security-Best-Practices-External-6c5437 | shared-bucket s3-bucket:my-bucket`,
  awsfindingsmanagerlib: `
    EC2.172-7409dd | unrecognised
    EC2.172-966e39 | unrecognised
    GuardDuty.5-e3aa4f | unrecognised guardduty-detector:c350ca4fd7594d5fbda1f71ac6332dc8
    Macie.1-093210 | logging-disabled account-region:eu-central-1
    Macie.1-1573a1 | logging-disabled account-region:us-east-1
    S3.14-424999 | unrecognised s3-bucket:boeket-prd
    S3.14-4452df | unrecognised s3-bucket:boeket-acc
    S3.14-5b1969 | unrecognised s3-bucket:boeket-acc
    S3.14-66ea4a | unrecognised s3-bucket:boeket-prd
    S3.20-264617 | unrecognised s3-bucket:boeket-acc
    S3.20-64e72f | unrecognised s3-bucket:boeket-prd
    S3.20-cbc24a | unrecognised s3-bucket:boeket-prd
    S3.20-fd53e0 | unrecognised s3-bucket:boeket-dev
    S3.8-0084be | public-bucket s3-bucket:boeket-dev
    S3.8-9bc31a | public-bucket s3-bucket:boeket-prd
    S3.9-946fd4 | unrecognised s3-bucket:boeket-acc
    S3.9-b6ba02 | unrecognised s3-bucket:boeket-prd
    SSM.1-54fdfd | unrecognised ec2-instance:i-066f455ccecae129e
    SSM.1-fd0e9a | unrecognised ec2-instance:i-0fe80a5297c852f13
    Software-and-Configuration-Checks-50fa3b | ignore
    Software-and-Configuration-Checks-b43b29 | ignore`,
  'cloud-custodian': `
    Backdoor-EC2-C-CActivity.B-DNS-0f33f8 | compromised-instance ec2-instance:i-99999999
    CIS.2.2-ce6926 | ignore cloudtrail-trail:skunk-trails
    Software-and-Configuration-Checks-AWS-Security-Best-Practices-485095 | unrecognised
    Software-and-Configuration-Checks-AWS-Security-Best-Practices-4a93d8 | unrecognised
    Software-and-Configuration-Checks-AWS-Security-Best-Practices-4e6fad | unrecognised
    Software-and-Configuration-Checks-AWS-Security-Best-Practices-931fef | unrecognised ec2-instance:i-0f1c2ffaea36228b0
    Software-and-Configuration-Checks-AWS-Security-Best-Practices-Network--be93b5 | unrecognised
    Software-and-Configuration-Checks-AWS-Security-Best-Practices-c6b49a | unrecognised
    Software-and-Configuration-Checks-AWS-Security-Best-Practices-f1f8cb | unrecognised rds-instance:test-instance-3
    Software-and-Configuration-Checks-Custodian-Monkey-Lambda-cd3b64 | unrecognised
    TTPs-Discovery-Recon-IAMUser-UserPermissions-0e90d3 | unrecognised iam-access-key:AKIAEXAMPLE000000006
    TTPs-Discovery-Recon-IAMUser-UserPermissions-3caec9 | unrecognised iam-access-key:AKIAEXAMPLE000000007
    Unusual-Behaviors-User-UnauthorizedAccess-IAMUser-ConsoleLogin-a5bbcc | unrecognised`,
  'forensic-orchestrator': `
    CIS.1.4-e2b727 | ignore aws-account:111111111111
    CIS.1.6-73c0f4 | ignore aws-account:111111111111
    CIS.1.6-eec1e9 | ignore aws-account:111111111111 & ignore aws-account:111111111111
    EC2.7-a753d9 | unrecognised aws-account:111111111111`,
  'guardduty-sentinel': `
    Backdoor-EC2-C-CActivity.B-DNS-266aec | compromised-instance ec2-instance:i-0123456789abcdef0
    Backdoor-EC2-C-CActivity.B-DNS-f638c8 | compromised-instance ec2-instance:i-0123456789abcdef0`,
  'guardduty-soar': `
    CredentialAccess-IAMUser-AnomalousBehavior-af4f75 | compromised-role+leaked-access-key ec2-instance:i-99999999
    CredentialAccess-RDS-AnomalousBehavior.SuccessfulLogin-c39d6f | unreadable accountId
    Discovery-RDS-TorIPCaller-352fa2 | exposed-database rds-instance:generatedfindingdbinstanceid
    Discovery-S3-AnomalousBehavior-63f725 | unreadable accountId
    Discovery-S3-AnomalousBehavior-7ce024 | unreadable detail.accountId
    Recon-EC2-PortProbeEMRUnprotectedPort-98938f | unreadable detail.accountId
    Recon-EC2-PortProbeUnprotectedPort-1a7d60 | unreadable detail.accountId
    Recon-EC2-PortProbeUnprotectedPort-28cade | unreadable detail.accountId
    Recon-EC2-Portscan-b75c96 | unreadable detail.accountId
    Trojan-EC2-DropPoint-b33347 | unreadable detail.accountId
    UnauthorizedAccess-EC2-MaliciousIPCaller.Custom-47bf36 | unreadable detail.accountId
    UnauthorizedAccess-EC2-MetadataDNSRebind-63b91c | unreadable detail.accountId
    UnauthorizedAccess-EC2-MetadataDNSRebind-77f087 | unreadable detail.accountId
    UnauthorizedAccess-EC2-SSHBruteForce-2db12b | unreadable detail.accountId
    UnauthorizedAccess-EC2-SSHBruteForce-856b42 | unreadable detail.accountId
    UnauthorizedAccess-EC2-SSHBruteForce-9d5387 | unreadable detail.accountId
    UnauthorizedAccess-EC2-TorClient-c6b2a4 | unreadable detail.accountId
    UnauthorizedAccess-EC2-TorClient-c914b9 | unreadable accountId
    UnauthorizedAccess-EC2-TorRelay-1d9ab6 | unreadable detail.accountId
    UnauthorizedAccess-EC2-TorRelay-2cb69f | unreadable detail.accountId
    UnauthorizedAccess-EC2-TorRelay-3094ec | unreadable detail.accountId`,
  'onug-csnf': `
    Discovery-S3-MaliciousIPCaller-1d9693 | bucket-exfiltration iam-user:GeneratedFindingUserName ec2-instance:i-99999999
    beta-Exfiltration-S3-AnomalousBehavior-4251cb | bucket-exfiltration s3-bucket:cust-datastore-rx.int-mydns`,
  'panther-analysis': `
    AttackSequence-S3-CompromisedData-b13b85 | attack-sequence
    PrivilegeEscalation-IAMUser-AdministrativePermissions-123fce | unrecognised
    PrivilegeEscalation-IAMUser-AdministrativePermissions-ab36ff | unrecognised
    PrivilegeEscalation-IAMUser-AdministrativePermissions-b6efa7 | unrecognised
    PrivilegeEscalation-IAMUser-AdministrativePermissions-fe1bb8 | unrecognised
    Unusual-Behaviors-9b590f | unrecognised kms-key:007ab31c-bf66-2264-a916-49f6d2ebd1db
    Unusual-Behaviors-b6a7df | unrecognised kms-key:1abc2de3-69ea-4e15-91c6-27eb4a07bd21
    Unusual-Behaviors-e22a87 | unrecognised
    Unusual-Behaviors-f67f40 | unrecognised`,
  prowler: `
    Detection-Finding-IAM-72bb55 | unreadable cloud.account.uid
    prowler-rds-instance-minor-version-upgrade-enabled-cfe8e1 | unreadable AwsAccountId`,
  rapid7: `
    CIS.1.2-a1a186 | unrecognised
    Software-and-Configuration-Checks-AWS-Security-Best-Practices-8298b9 | unrecognised iam-user:jane.doe`,
  'securityhubv2-bot': `
    Compliance-Finding-Software-and-Configuration-Checks-Industry-and-Regu-bd61e9 | logging-disabled account-region:us-east-1
    Detection-Finding-Threats-5979ae | unrecognised ec2-instance:i-0123456789abcdef0
    Detection-Finding-Threats-60b96c | ignore ec2-instance:i-0d7663df710a0f17a
    Detection-Finding-Threats-CryptoCurrency-EC2-BitcoinTool.B-DNS-abb112 | compromised-instance`,
  'stix-shifter': `
    CredentialAccess-RDS-MaliciousIPCaller.FailedLogin-a3e210 | unreadable accountId
    PrivilegeEscalation-Runtime-CGroupsReleaseAgentModified-068653 | unreadable accountId
    UnauthorizedAccess-EC2-RDPBruteForce-c9ef65 | unreadable accountId
    UnauthorizedAccess-EC2-SSHBruteForce-3fd333 | unreadable accountId`,
  sumologic: `
    Software-and-Configuration-Checks-Industry-and-Regulatory-Standards-HI-faf136 | unrecognised`,
};
