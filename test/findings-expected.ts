/** The older standards, whose numbers are their own: PCI.S3.1 is S3.3 of today. */
const cis = 'arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0/rule';
const pci = 'pci-dss/v/3.2.1/PCI';

/**
 * Which playbook answers which type, and whether the type states a fact (`confirmed`) or infers behaviour (`suspected`). Written here
 * by hand, from the documentation of the products as of November 2026, not from the playbooks: the test holds the two together.
 * `type | playbooks | confidence`; `-` with the reason, for what only informs.
 */
export const expected: Record<string, string> = {
  guardduty: `
    Policy:S3/BucketAnonymousAccessGranted | public-bucket | confirmed
    Policy:S3/BucketPublicAccessGranted | public-bucket | confirmed
    Policy:S3/BucketBlockPublicAccessDisabled | public-bucket | suspected
    Policy:S3/AccountBlockPublicAccessDisabled | public-bucket | suspected
    Stealth:S3/ServerAccessLoggingDisabled | logging-disabled | confirmed
    Discovery:S3/AnomalousBehavior | bucket-exfiltration | suspected
    Discovery:S3/MaliciousIPCaller | bucket-exfiltration | suspected
    Discovery:S3/MaliciousIPCaller.Custom | bucket-exfiltration | suspected
    Discovery:S3/TorIPCaller | bucket-exfiltration | suspected
    Exfiltration:S3/AnomalousBehavior | bucket-exfiltration | suspected
    Exfiltration:S3/MaliciousIPCaller | bucket-exfiltration | suspected
    UnauthorizedAccess:S3/MaliciousIPCaller.Custom | bucket-exfiltration | suspected
    UnauthorizedAccess:S3/TorIPCaller | bucket-exfiltration | suspected
    PenTest:S3/KaliLinux | bucket-exfiltration | suspected
    PenTest:S3/ParrotLinux | bucket-exfiltration | suspected
    PenTest:S3/PentooLinux | bucket-exfiltration | suspected
    Impact:S3/AnomalousBehavior.Permission | bucket-exfiltration shared-bucket | suspected
    Impact:S3/AnomalousBehavior.Delete | bucket-destruction | suspected
    Impact:S3/AnomalousBehavior.Write | bucket-destruction | suspected
    Impact:S3/MaliciousIPCaller | bucket-destruction | suspected
    Object:S3/MaliciousFile | - | a harmful file that was put in, nothing that leaves
    Execution:S3/MaliciousFile!RecoveryPoint | - | found in a backup, where nothing runs
    CredentialAccess:IAMUser/CompromisedCredentials | leaked-access-key | confirmed
    CredentialAccess:IAMUser/AnomalousBehavior | leaked-access-key compromised-role | suspected
    Exfiltration:IAMUser/AnomalousBehavior | leaked-access-key compromised-role | suspected
    Impact:IAMUser/AnomalousBehavior | leaked-access-key compromised-role | suspected
    Persistence:IAMUser/AnomalousBehavior | leaked-access-key compromised-role | suspected
    PrivilegeEscalation:IAMUser/AnomalousBehavior | leaked-access-key compromised-role | suspected
    Impact:IAMUser/AnomalousModelInvocation | leaked-access-key compromised-role | suspected
    Impact:IAMUser/CostHarvesting | leaked-access-key compromised-role | suspected
    Impact:IAMUser/PromptInjection.Direct | - | what somebody typed into an application: the caller is the application
    PenTest:IAMUser/KaliLinux | leaked-access-key compromised-role | suspected
    PenTest:IAMUser/ParrotLinux | leaked-access-key compromised-role | suspected
    PenTest:IAMUser/PentooLinux | leaked-access-key compromised-role | suspected
    Recon:IAMUser/MaliciousIPCaller | leaked-access-key compromised-role | suspected
    Recon:IAMUser/MaliciousIPCaller.Custom | leaked-access-key compromised-role | suspected
    Recon:IAMUser/TorIPCaller | leaked-access-key compromised-role | suspected
    UnauthorizedAccess:IAMUser/MaliciousIPCaller | leaked-access-key compromised-role | suspected
    UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom | leaked-access-key compromised-role | suspected
    UnauthorizedAccess:IAMUser/TorIPCaller | leaked-access-key compromised-role | suspected
    Discovery:IAMUser/AnomalousBehavior | compromised-role insider | suspected
    InitialAccess:IAMUser/AnomalousBehavior | compromised-role insider | suspected
    UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B | insider | suspected
    Stealth:IAMUser/PasswordPolicyChange | insider | suspected
    UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.InsideAWS | compromised-role compromised-instance | suspected
    UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS | compromised-role compromised-instance | confirmed
    UnauthorizedAccess:IAMUser/ResourceCredentialExfiltration.InsideAWS | compromised-role | suspected
    UnauthorizedAccess:IAMUser/ResourceCredentialExfiltration.OutsideAWS | compromised-role | confirmed
    Policy:IAMUser/RootCredentialUsage | root-credentials | suspected
    Policy:IAMUser/ShortTermRootCredentialUsage | root-credentials | suspected
    Stealth:IAMUser/CloudTrailLoggingDisabled | logging-disabled | confirmed
    DefenseEvasion:IAMUser/BedrockLoggingDisabled | logging-disabled | confirmed
    DefenseEvasion:IAMUser/AnomalousBehavior | logging-disabled | suspected
    Trojan:EC2/DNSDataExfiltration | compromised-instance | confirmed
    Trojan:EC2/BlackholeTraffic | compromised-instance | suspected
    Trojan:EC2/BlackholeTraffic!DNS | compromised-instance | suspected
    Trojan:EC2/DGADomainRequest.B | compromised-instance | suspected
    Trojan:EC2/DGADomainRequest.C!DNS | compromised-instance | suspected
    Trojan:EC2/DriveBySourceTraffic!DNS | compromised-instance | suspected
    Trojan:EC2/DropPoint | compromised-instance | suspected
    Trojan:EC2/DropPoint!DNS | compromised-instance | suspected
    Trojan:EC2/PhishingDomainRequest!DNS | compromised-instance | suspected
    Behavior:EC2/NetworkPortUnusual | compromised-instance | suspected
    Behavior:EC2/TrafficVolumeUnusual | compromised-instance | suspected
    Backdoor:EC2/C&CActivity.B | compromised-instance | confirmed
    Backdoor:EC2/C&CActivity.B!DNS | compromised-instance | confirmed
    Backdoor:EC2/DenialOfService.Dns | compromised-instance | suspected
    Backdoor:EC2/DenialOfService.Tcp | compromised-instance | suspected
    Backdoor:EC2/DenialOfService.Udp | compromised-instance | suspected
    Backdoor:EC2/DenialOfService.UdpOnTcpPorts | compromised-instance | suspected
    Backdoor:EC2/DenialOfService.UnusualProtocol | compromised-instance | suspected
    Backdoor:EC2/Spambot | compromised-instance | suspected
    CryptoCurrency:EC2/BitcoinTool.B | compromised-instance | confirmed
    CryptoCurrency:EC2/BitcoinTool.B!DNS | compromised-instance | confirmed
    DefenseEvasion:EC2/UnusualDNSResolver | compromised-instance | suspected
    DefenseEvasion:EC2/UnusualDoHActivity | compromised-instance | suspected
    DefenseEvasion:EC2/UnusualDoTActivity | compromised-instance | suspected
    Impact:EC2/AbusedDomainRequest.Reputation | compromised-instance | suspected
    Impact:EC2/BitcoinDomainRequest.Reputation | compromised-instance | suspected
    Impact:EC2/MaliciousDomainRequest.Custom | compromised-instance | suspected
    Impact:EC2/MaliciousDomainRequest.Reputation | compromised-instance | suspected
    Impact:EC2/PortSweep | compromised-instance | suspected
    Impact:EC2/SuspiciousDomainRequest.Reputation | compromised-instance | suspected
    Impact:EC2/WinRMBruteForce | open-security-group | suspected
    Recon:EC2/Portscan | compromised-instance | suspected
    Recon:EC2/PortProbeEMRUnprotectedPort | open-security-group | suspected
    Recon:EC2/PortProbeUnprotectedPort | open-security-group | suspected
    UnauthorizedAccess:EC2/MaliciousIPCaller.Custom | compromised-instance | suspected
    UnauthorizedAccess:EC2/MetadataDNSRebind | compromised-instance | suspected
    UnauthorizedAccess:EC2/RDPBruteForce | open-security-group | suspected
    UnauthorizedAccess:EC2/SSHBruteForce | open-security-group | suspected
    UnauthorizedAccess:EC2/TorClient | compromised-instance | confirmed
    UnauthorizedAccess:EC2/TorRelay | compromised-instance | confirmed
    Execution:EC2/MaliciousFile | compromised-instance | confirmed
    Execution:EC2/SuspiciousFile | compromised-instance | suspected
    Execution:EC2/MaliciousFile!AMI | - | found in an image, where nothing runs
    Execution:EC2/MaliciousFile!RecoveryPoint | - | found in a backup, where nothing runs
    Execution:EC2/MaliciousFile!Snapshot | - | found in a snapshot, where nothing runs
    Execution:ECS/MaliciousFile | - | in a container: no action on containers, and its host carries others
    Execution:ECS/SuspiciousFile | - | in a container
    Execution:Kubernetes/MaliciousFile | - | in a container
    Execution:Kubernetes/SuspiciousFile | - | in a container
    Execution:Container/MaliciousFile | - | in a container
    Execution:Container/SuspiciousFile | - | in a container
    CredentialAccess:RDS/AnomalousBehavior.FailedLogin | exposed-database | suspected
    CredentialAccess:RDS/AnomalousBehavior.SuccessfulBruteForce | exposed-database | confirmed
    CredentialAccess:RDS/AnomalousBehavior.SuccessfulLogin | exposed-database | suspected
    CredentialAccess:RDS/MaliciousIPCaller.FailedLogin | exposed-database | suspected
    CredentialAccess:RDS/MaliciousIPCaller.SuccessfulLogin | exposed-database | confirmed
    CredentialAccess:RDS/TorIPCaller.FailedLogin | exposed-database | suspected
    CredentialAccess:RDS/TorIPCaller.SuccessfulLogin | exposed-database | confirmed
    Discovery:RDS/MaliciousIPCaller | exposed-database | suspected
    Discovery:RDS/TorIPCaller | exposed-database | suspected
    AttackSequence:EC2/CompromisedInstanceGroup | attack-sequence | confirmed
    AttackSequence:ECS/CompromisedCluster | attack-sequence | confirmed
    AttackSequence:EKS/CompromisedCluster | attack-sequence | confirmed
    AttackSequence:IAM/CompromisedCredentials | attack-sequence | confirmed
    AttackSequence:S3/CompromisedData | attack-sequence | confirmed
    CredentialAccess:EC2/UnsecuredCredentials | insider | suspected
    CredentialAccess:RDS/ModifyAuthenticationProcess | exposed-database | suspected
    DefenseImpairment:EC2/DisableOrModifyTools | logging-disabled | suspected
    DefenseImpairment:Organizations/DisableOrModifyTools | logging-disabled | confirmed
    DefenseImpairment:Organizations/ModifyCloudResourceHierarchy | logging-disabled | suspected
    DefenseImpairment:RDS/ModifyAuthenticationProcess | exposed-database | suspected
    DefenseImpairment:Route53Resolver/DisableOrModifyTools | logging-disabled | confirmed
    DefenseImpairment:S3/DisableOrModifyTools | bucket-destruction | confirmed
    Execution:SageMaker/CommandAndScriptingInterpreter | - | a notebook's script: no action on notebooks
    Exfiltration:EC2/TransferDataToCloudAccount | shared-snapshot | confirmed
    Exfiltration:RDS/TransferDataToCloudAccount | shared-snapshot | confirmed
    Exfiltration:S3/TransferDataToCloudAccount | shared-bucket | confirmed
    Impact:S3/DataDestruction | bucket-destruction | confirmed
    Impact:SES/ResourceHijacking | insider | suspected
    InitialAccess:IAM/ValidAccounts | insider | suspected
    InitialAccess:RDS/ExploitPublicFacingApplication | exposed-database | confirmed
    LateralMovement:EC2/RemoteServices | insider | suspected
    Persistence:EC2/BootOrLogonInitializationScripts | compromised-instance | suspected
    Persistence:EC2/ExternalRemoteServices | open-security-group | confirmed
    Persistence:IAM/AccountManipulation | leaked-access-key compromised-role | suspected
    Persistence:Lambda/AccountManipulation | insider | suspected
    Persistence:Lambda/ModifyAuthenticationProcess | insider | suspected
    Persistence:RolesAnywhere/AccountManipulation | leaked-access-key compromised-role | suspected
    PrivilegeEscalation:IAM/AccountManipulation | leaked-access-key compromised-role | suspected
    ResourceDevelopment:SES/CompromiseAccounts | insider | suspected
    Recon:IAMUser/UserPermissions | - | retired: nobody can say what it means today
    UnauthorizedAccess:IAMUser/ConsoleLogin | - | retired
    Exfiltration:S3/ObjectRead.Unusual | - | retired
    PrivilegeEscalation:IAMUser/AdministrativePermissions | - | retired`,

  macie: `
    Policy:IAMUser/S3BucketPublic | public-bucket | confirmed
    Policy:IAMUser/S3BlockPublicAccessDisabled | public-bucket | suspected
    Policy:IAMUser/S3BucketSharedExternally | shared-bucket | confirmed
    Policy:IAMUser/S3BucketReplicatedExternally | shared-bucket | confirmed
    Policy:IAMUser/S3BucketSharedWithCloudFront | shared-bucket | suspected
    Policy:IAMUser/S3BucketEncryptionDisabled | - | nobody can read more than before
    SensitiveData:S3Object/Credentials | sensitive-data-found | confirmed
    SensitiveData:S3Object/CustomIdentifier | sensitive-data-found | confirmed
    SensitiveData:S3Object/Financial | sensitive-data-found | confirmed
    SensitiveData:S3Object/Multiple | sensitive-data-found | confirmed
    SensitiveData:S3Object/Personal | sensitive-data-found | confirmed`,

  securityhub: `
    S3.1 | public-bucket | suspected
    S3.2 | public-bucket | confirmed
    S3.3 | public-bucket | confirmed
    S3.8 | public-bucket | suspected
    S3.19 | public-bucket | suspected
    IAM.3 | - | an old key is no leaked key, and the finding names none
    IAM.4 | root-credentials | confirmed
    IAM.22 | - | nobody uses it: nothing leaks
    EC2.1 | shared-snapshot | confirmed
    EC2.2 | open-security-group | suspected
    EC2.13 | open-security-group | confirmed
    EC2.14 | open-security-group | confirmed
    EC2.18 | open-security-group | confirmed
    EC2.19 | open-security-group | confirmed
    RDS.1 | shared-snapshot | confirmed
    RDS.2 | exposed-database | confirmed
    CloudTrail.1 | logging-disabled | confirmed
    CloudTrail.4 | logging-disabled | confirmed
    CloudTrail.5 | logging-disabled | confirmed
    Config.1 | logging-disabled | confirmed
    GuardDuty.1 | logging-disabled | confirmed
    Macie.1 | logging-disabled | confirmed
    KMS.3 | key-at-risk | confirmed
    KMS.5 | key-at-risk | suspected
    SSM.4 | - | a document holds instructions, no patient data, and no action is on documents
    SSM.7 | - | a setting about documents
    CloudTrail.6 | public-bucket | confirmed
    PCI.S3.1 | - | another check than S3.1, whatever its number
    ${cis}/1.12 | root-credentials | confirmed
    ${cis}/2.1 | logging-disabled | confirmed
    ${cis}/2.2 | logging-disabled | confirmed
    ${cis}/2.3 | public-bucket | confirmed
    ${cis}/2.4 | logging-disabled | confirmed
    ${cis}/2.5 | logging-disabled | confirmed
    ${cis}/4.1 | open-security-group | confirmed
    ${cis}/4.2 | open-security-group | confirmed
    ${cis}/4.3 | open-security-group | suspected
    ${cis}/1.4 | - | an old key is no leaked key
    ${pci}.CloudTrail.2 | logging-disabled | confirmed
    ${pci}.CloudTrail.3 | logging-disabled | confirmed
    ${pci}.CloudTrail.4 | logging-disabled | confirmed
    ${pci}.Config.1 | logging-disabled | confirmed
    ${pci}.GuardDuty.1 | logging-disabled | confirmed
    ${pci}.EC2.1 | shared-snapshot | confirmed
    ${pci}.EC2.2 | open-security-group | suspected
    ${pci}.EC2.5 | open-security-group | confirmed
    ${pci}.IAM.1 | root-credentials | confirmed
    ${pci}.RDS.1 | shared-snapshot | confirmed
    ${pci}.RDS.2 | exposed-database | confirmed
    ${pci}.S3.1 | public-bucket | confirmed
    ${pci}.S3.2 | public-bucket | confirmed
    ${pci}.S3.6 | public-bucket | suspected
    ${pci}.CloudTrail.1 | - | logs that are not encrypted with a key of ours: nothing leaks`,

  'access-analyzer': `
    ExternalAccess:AWS::S3::Bucket/Public | public-bucket | confirmed
    ExternalAccess:AWS::S3::Bucket | shared-bucket | confirmed
    ExternalAccess:AWS::EC2::Snapshot/Public | shared-snapshot | confirmed
    ExternalAccess:AWS::EC2::Snapshot | shared-snapshot | confirmed
    ExternalAccess:AWS::RDS::DBSnapshot/Public | shared-snapshot | confirmed
    ExternalAccess:AWS::RDS::DBSnapshot | shared-snapshot | confirmed
    ExternalAccess:AWS::RDS::DBClusterSnapshot/Public | shared-snapshot | confirmed
    ExternalAccess:AWS::RDS::DBClusterSnapshot | shared-snapshot | confirmed
    ExternalAccess:AWS::KMS::Key/Public | key-at-risk | confirmed
    ExternalAccess:AWS::KMS::Key | key-at-risk | confirmed
    ExternalAccess:AWS::IAM::Role/Public | compromised-role | confirmed
    ExternalAccess:AWS::IAM::Role | compromised-role | suspected
    ExternalAccess:AWS::SecretsManager::Secret | - | no action on secrets
    ExternalAccess:AWS::SQS::Queue/Public | - | no action on queues
    ExternalAccess:AWS::Lambda::Function | - | no action on functions
    ExternalAccess:AWS::EFS::FileSystem | - | no action on file systems
    InternalAccess:AWS::S3::Bucket | - | within the organization: it informs
    UnusedAccess:AWS::IAM::Role | - | nobody uses it: nothing leaks
    AnalysisError:AWS::S3::Bucket | - | Access Analyzer could not look
    AccessPreview | - | nothing has changed`,

  health: `
    AWS_RISK_CREDENTIALS_EXPOSED | leaked-access-key | confirmed
    AWS_RISK_CREDENTIALS_COMPROMISED | leaked-access-key | confirmed
    AWS_RISK_IAM_QUARANTINE | leaked-access-key | confirmed
    AWS_RISK_CREDENTIALS_COMPROMISE_SUSPECTED | leaked-access-key | suspected
    AWS_RISK_CREDENTIALS_EXPOSURE_SUSPECTED | leaked-access-key | suspected
    AWS_RISK_ACCOUNT_CONSOLE_COMPROMISE | leaked-access-key | suspected
    AWS_ABUSE_COPYRIGHT_DMCA_REPORT | - | a matter for lawyers
    AWS_ABUSE_ILLEGAL_CONTENT_REPORT | - | a matter for lawyers
${['BOTNET', 'DOS', 'EMAIL_SPAM', 'INTRUSION_ATTEMPT', 'MALWARE_WEBSITE', 'OPEN_PROXY', 'PHISHING', 'PORT_SCANNING']
  .flatMap((what) => [`AWS_ABUSE_${what}_REPORT`, `AWS_ABUSE_EC2_${what}_REPORT`])
  .map((type) => `    ${type} | compromised-instance | suspected`)
  .join('\n')}`,

  // whoever may make a rule names it, so a name alone proves nothing
  config: `
    s3-bucket-public-read-prohibited | public-bucket | suspected
    s3-bucket-public-write-prohibited | public-bucket | suspected
    s3-bucket-level-public-access-prohibited | public-bucket | suspected
    s3-account-level-public-access-blocks | public-bucket | suspected
    s3-account-level-public-access-blocks-periodic | public-bucket | suspected
    ebs-snapshot-public-restorable-check | shared-snapshot | suspected
    rds-snapshots-public-prohibited | shared-snapshot | suspected
    rds-instance-public-access-check | exposed-database | suspected
    restricted-ssh | open-security-group | suspected
    restricted-common-ports | open-security-group | suspected
    vpc-sg-open-only-to-authorized-ports | open-security-group | suspected
    vpc-default-security-group-closed | open-security-group | suspected
    cloudtrail-enabled | logging-disabled | suspected
    multi-region-cloudtrail-enabled | logging-disabled | suspected
    cloud-trail-log-file-validation-enabled | logging-disabled | suspected
    guardduty-enabled-centralized | logging-disabled | suspected
    macie-status-check | logging-disabled | suspected
    kms-cmk-not-scheduled-for-deletion | key-at-risk | suspected
    iam-root-access-key-check | root-credentials | suspected
    access-keys-rotated | - | an old key is no leaked key`,
};
