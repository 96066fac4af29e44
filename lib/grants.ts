import type { Settings } from '../lambdas/core/settings.ts';
import type { CustomerKey } from './customer-key.ts';
import type { Declarations, DeclaredStatement, FunctionDeclaration } from './declarations.ts';
import { type Names, prefix, responseArn } from './names.ts';
import type { Right } from './rights.ts';

/** What a use stands for: rights of the role, and the variables that tell the code where. */
export interface Grant {
  rights: Right[];
  environment: Record<string, string>;
}

export interface Deployed {
  names: Names;
  settings: Settings;
  declarations: Declarations;
  key: CustomerKey;
}

/** The words that `function.json` may use. `start:<machine>` comes beside them, one for each state machine. */
const uses: Record<string, (deployed: Deployed) => Grant> = {
  'table:read': (d) => ({
    rights: [
      { actions: ['dynamodb:GetItem', 'dynamodb:Query'], resources: [tableArn(d), `${tableArn(d)}/index/due`] },
      d.key.through(['dynamodb']),
    ],
    environment: { TABLE: d.names.table },
  }),
  'table:write': (d) => ({
    rights: [
      { actions: ['dynamodb:PutItem', 'dynamodb:ConditionCheckItem'], resources: [tableArn(d)] },
      d.key.through(['dynamodb']),
    ],
    environment: { TABLE: d.names.table },
  }),
  /** the ledger and the counters of mailings: no incident, no decision, no setting */
  'ledger:write': (d) => ({
    rights: [
      {
        actions: ['dynamodb:PutItem', 'dynamodb:ConditionCheckItem'],
        resources: [tableArn(d)],
        // ForAllValues alone holds where the key is missing (IAM user guide, "Multivalued context keys")
        conditions: {
          'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['LEDGER#*', 'MAILING#*'] },
          Null: { 'dynamodb:LeadingKeys': 'false' },
        },
      },
      d.key.through(['dynamodb']),
    ],
    environment: { TABLE: d.names.table },
  }),
  'events:write': (d) => cases(d, 'events', 's3:PutObject'),
  'drafts:read': (d) => cases(d, 'drafts', 's3:GetObject'),
  'drafts:write': (d) => cases(d, 'drafts', 's3:PutObject'),
  'mailing:read': (d) => cases(d, 'mailing', 's3:GetObject'),
  'mailing:write': (d) => cases(d, 'mailing', 's3:PutObject'),
  'notices:write': (d) => cases(d, 'notices', 's3:PutObject'),
  /** the names and versions of the lists that were uploaded: IAM has one action for an object and its headers, so no right to get it */
  'recipients:look': (d) => ({
    rights: [
      {
        actions: ['s3:ListBucketVersions'],
        resources: [`arn:${d.names.partition}:s3:::${d.names.caseBucket}`],
        conditions: { StringLike: { 's3:prefix': 'recipients/*' } },
      },
    ],
    environment: caseBucket(d.names),
  }),
  /** the pinned version, whatever is uploaded over it */
  'recipients:read': (d) => cases(d, 'recipients', 's3:GetObjectVersion'),
  'vault:write': (d) => ({
    rights: [objects(d.names, d.names.vault, 's3:PutObject'), vaultKey(d.names)],
    environment: { VAULT_BUCKET: d.names.vault, VAULT_ACCOUNT: d.names.forensic },
  }),
  'topic:publish': (d) => ({
    rights: [
      { actions: ['sns:Publish'], resources: [responseArn(d.names, 'sns', d.names.topic)] },
      d.key.through(['sns']),
    ],
    environment: { TOPIC_ARN: responseArn(d.names, 'sns', d.names.topic) },
  }),
  'mail:send': (d) => ({
    rights: [
      {
        actions: ['ses:SendEmail'],
        resources: [
          responseArn(d.names, 'ses', `identity/${d.names.mailDomain}`),
          responseArn(d.names, 'ses', `configuration-set/${d.names.mailConfigurationSet}`),
        ],
        conditions: { StringEquals: { 'ses:FromAddress': d.settings.mail.from } },
      },
    ],
    environment: { MAIL_FROM: d.settings.mail.from, MAIL_CONFIGURATION_SET: d.names.mailConfigurationSet },
  }),
  'mail:bulk': (d) => ({
    rights: [
      {
        actions: ['ses:SendBulkEmail'],
        resources: [
          responseArn(d.names, 'ses', `identity/${d.names.mailDomain}`),
          responseArn(d.names, 'ses', `configuration-set/${d.names.noticeConfigurationSet}`),
          responseArn(d.names, 'ses', 'template/*'),
        ],
        // no ses:FromAddress: the reference has it for SendEmail and not for SendBulkEmail, where it would allow nothing
        wildcard:
          'SES asks for a template resource in SendBulkEmail (Service Authorization Reference); the text comes with the call, and no template of SES is stored in this account.',
      },
    ],
    environment: { MAIL_FROM: d.settings.mail.from, NOTICE_CONFIGURATION_SET: d.names.noticeConfigurationSet },
  }),
  'mail:quota': () => ({
    rights: [
      {
        actions: ['ses:GetAccount'],
        resources: ['*'],
        wildcard: 'IAM gives this read of the quota of our own account no resource type; it shows numbers only.',
      },
    ],
    environment: {},
  }),
  'assume:observer': (d) => assume(d, 'OBSERVER_ROLE', d.names.observerRole, d.names.organizationsObserverRole),
  'assume:responder': (d) => assume(d, 'RESPONDER_ROLE', d.names.responderRole, d.names.organizationsResponderRole),
  checks: (d) => ({
    rights: d.declarations.ownReads.map((statement) => ownRight(statement, d)),
    environment: { FUNCTIONS: d.declarations.functions.map(({ name }) => `${prefix}-${name}`).join(',') },
  }),
  'tokens:answer': () => ({
    rights: [
      {
        actions: ['states:SendTaskSuccess', 'states:SendTaskFailure'],
        resources: ['*'],
        wildcard:
          'IAM gives these two actions no resource type; the task token is the scope. The machine never trusts the answer: it reads the decision record (invariant 11), so a token sent back by mistake changes nothing.',
      },
    ],
    environment: {},
  }),
};

/** The rights and variables of one function. Throws naming the unknown use and the choices. */
export function grantsOf(declared: FunctionDeclaration, deployed: Deployed): Grant {
  const machines = deployed.declarations.machines.map((machine) => machine.name);
  const grants = declared.uses.map((use) => {
    const machine = use.startsWith('start:') ? use.slice('start:'.length) : undefined;
    if (machine && machines.includes(machine)) return start(deployed.names, machine);
    const known = Object.hasOwn(uses, use) ? uses[use] : undefined;
    if (known) return known(deployed);
    const choices = [...Object.keys(uses), ...machines.map((name) => `start:${name}`)];
    throw new Error(`lambdas/${declared.name}/function.json: unknown use "${use}"; choose of ${choices.join(', ')}`);
  });
  return {
    rights: distinct(grants.flatMap((grant) => grant.rights)),
    environment: Object.assign({}, ...grants.map((grant) => grant.environment)) as Record<string, string>,
  };
}

export function machineArn(names: Names, machine: string): string {
  return responseArn(names, 'states', `stateMachine:${prefix}-${machine}`);
}

/** Starting a machine, and asking how a start went: "already exists" is an answer only if that execution runs or succeeded. */
function start(names: Names, machine: string): Grant {
  return {
    rights: [
      { actions: ['states:StartExecution'], resources: [machineArn(names, machine)] },
      {
        actions: ['states:DescribeExecution'],
        resources: [responseArn(names, 'states', `execution:${prefix}-${machine}:*`)],
        wildcard:
          'An execution is named after its incident, plan and attempt, so its name exists only then; one machine is named.',
      },
    ],
    environment: { [`MACHINE_${machine.toUpperCase().replaceAll('-', '_')}`]: machineArn(names, machine) },
  };
}

/** So many member accounts are named one by one: a managed policy holds 6,144 characters (IAM quotas). */
const namedMembers = 20;

/** The same use in every member account, and in the management account where the settings name one. */
function assume({ names, settings }: Deployed, variable: string, role: string, organizationsRole: string): Grant {
  const { members, management } = settings.accounts;
  const arn = (account: string, name: string) => `arn:${names.partition}:iam::${account}:role/${name}`;
  const organizations = management ? [arn(management, organizationsRole)] : [];
  const many: Right = {
    actions: ['sts:AssumeRole'],
    resources: [arn('*', role)],
    conditions: { StringEquals: { 'aws:ResourceAccount': members.map((member) => member.id) } },
    wildcard: 'The accounts stand in the condition: their ARNs would not fit into a managed policy.',
  };
  const few: Right = {
    actions: ['sts:AssumeRole'],
    resources: [...members.map((member) => arn(member.id, role)), ...organizations],
  };
  const above: Right[] = management ? [{ actions: ['sts:AssumeRole'], resources: organizations }] : [];
  return {
    rights: members.length <= namedMembers ? [few] : [many, ...above],
    environment: {
      [variable]: role,
      ...(management && { [`ORGANIZATIONS_${variable}`]: organizationsRole }),
      EXTERNAL_ID: names.externalId,
    },
  };
}

/** A read of the doctor in the response account. Throws for a placeholder that has no meaning there. */
function ownRight({ by, ...statement }: DeclaredStatement, { names }: Deployed): Right {
  const { partition, region, response: account, forensic, mailDomain } = names;
  const values: Record<string, string> = { partition, region, account, forensic, mailDomain };
  const filled = (text: string) =>
    text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
      const value = values[name];
      if (value === undefined)
        throw new Error(`${by}: \${${name}} has no meaning here; there are ${Object.keys(values).join(', ')}`);
      return value;
    });
  return {
    actions: statement.actions,
    resources: statement.resources.map(filled),
    conditions: statement.conditions,
    wildcard: `The doctor looks at whatever stands there, and changes nothing: which one is known only when it looks. Asked for by ${by}.`,
  };
}

/** One folder of the case bucket, reading or writing. */
function cases({ names, key }: Deployed, folder: string, action: string): Grant {
  return {
    rights: [
      objects(names, `${names.caseBucket}/${folder}`, action),
      action === 's3:PutObject' ? key.through(['s3']) : key.through(['s3'], ['kms:Decrypt']),
    ],
    environment: caseBucket(names),
  };
}

function caseBucket({ caseBucket: bucket, response }: Names): Grant['environment'] {
  return { CASE_BUCKET: bucket, RESPONSE_ACCOUNT: response };
}

export function objects(names: Names, place: string, action: string): Right {
  return {
    actions: [action],
    resources: [`arn:${names.partition}:s3:::${place}/*`],
    wildcard:
      'Object keys hold the incident and the hash of what is stored, so they exist only then; one bucket or folder of it and one action are named.',
  };
}

/** The vault's key has an id that only the forensic account knows; its own policy admits the writers by name and to GenerateDataKey only. */
function vaultKey(names: Names): Right {
  return {
    actions: ['kms:GenerateDataKey'],
    resources: [`arn:${names.partition}:kms:${names.region}:${names.forensic}:key/*`],
    conditions: { StringEquals: { 'kms:ViaService': `s3.${names.region}.amazonaws.com` } },
    wildcard:
      'The id of the vault key is not known in this account. Only S3 may use it on our behalf, only in the forensic account, and the key policy there admits this role to GenerateDataKey alone.',
  };
}

function tableArn({ names }: Deployed): string {
  return responseArn(names, 'dynamodb', `table/${names.table}`);
}

function distinct(rights: Right[]): Right[] {
  return [...new Map(rights.map((right) => [JSON.stringify(right), right])).values()];
}
