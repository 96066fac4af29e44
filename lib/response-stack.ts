import { Duration, Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { Settings } from '../lambdas/core/settings.ts';
import { Alarms } from './alarms.ts';
import { ArchiveStream } from './archive-stream.ts';
import { ConsoleApi } from './console-api.ts';
import { CustomerKey } from './customer-key.ts';
import { DeadLetters, type QueueProps } from './dead-letters.ts';
import type { Declarations } from './declarations.ts';
import { DeclaredFunction } from './declared-function.ts';
import { DeclaredMachine } from './declared-machine.ts';
import { FindingsArrival } from './findings-arrival.ts';
import type { Deployed } from './grants.ts';
import { GuardedBucket } from './guarded-bucket.ts';
import { Heartbeat } from './heartbeat.ts';
import { MailEvents } from './mail-events.ts';
import { functionRoleArn, namesOf, prefix } from './names.ts';
import { NoticeReader } from './notice-reader.ts';
import { Paging } from './paging.ts';
import { RecipientsWriter } from './recipients-writer.ts';
import { RecordsTable } from './records-table.ts';

export interface ResponseStackProps {
  settings: Settings;
  declarations: Declarations;
  /** the folder with the bundled code of a function */
  codeOf: (functionName: string) => string;
}

/** The response account: findings come in, incidents are answered, people are asked and told. */
export class ResponseStack extends Stack {
  readonly #deployed: Deployed;
  readonly #queues: QueueProps;
  readonly #records: RecordsTable;
  #console?: ConsoleApi;
  readonly #codeOf: (functionName: string) => string;

  constructor(scope: Construct, id: string, { settings, declarations, codeOf }: ResponseStackProps) {
    const names = namesOf(settings);
    super(scope, id, {
      stackName: `${prefix}-response`,
      description: 'Tourniquet: intake, containment, approvals, records',
      env: { account: names.response, region: names.region },
      terminationProtection: true,
    });
    const key = new CustomerKey(this, 'Key', names);
    const paging = new Paging(this, 'Paging', { names, settings, key });
    const alarms = new Alarms(this, 'Alarms', paging.alarms);
    paging.listen(alarms);
    this.#deployed = { names, settings, declarations, key };
    this.#queues = { names, key, alarms };
    this.#codeOf = codeOf;
    this.#records = new RecordsTable(this, 'Records', { name: names.table, key: key.key });
    const cases = new GuardedBucket(this, 'Cases', {
      name: names.caseBucket,
      key: key.key,
      noReplica:
        'Raw events, drafts and lists of recipients: working papers, versioned and retained. What must survive this account is in the vault; a replica would carry patient data to a second Region.',
    });
    // Who is to be told is said by a person: no function of ours may put a list there, whatever its policy says one day.
    cases.deny(
      'PeopleUploadRecipients',
      ['s3:PutObject'],
      { ArnEquals: { 'aws:PrincipalArn': declarations.functions.map(({ name }) => functionRoleArn(names, name)) } },
      'recipients/*',
    );
    new RecipientsWriter(this, 'RecipientsWriter', this.#deployed);
    new NoticeReader(this, 'NoticeReader', this.#deployed);
    this.#functions();
    for (const declared of declarations.machines)
      new DeclaredMachine(this, `Machine-${declared.name}`, { declared, deployed: this.#deployed, alarms });
    this.#hearTheCode();
  }

  #functions(): void {
    const answering: DeclaredFunction[] = [];
    const calls = new DeadLetters(this, 'Undelivered-calls', { ...this.#queues, of: 'calls' });
    for (const declared of this.#deployed.declarations.functions) {
      // A function that a machine or the API calls answers its caller, who hears the failure; events have no caller.
      const byEvents = declared.trigger !== 'machine' && declared.trigger !== 'api';
      const deadLetters = byEvents
        ? new DeadLetters(this, `Undelivered-${declared.name}`, { ...this.#queues, of: declared.name })
        : calls;
      const made = new DeclaredFunction(this, `Function-${declared.name}`, {
        declared,
        deployed: this.#deployed,
        code: this.#codeOf(declared.name),
        deadLetters,
        alarms: this.#queues.alarms,
      });
      this.#wake(made, deadLetters);
      if (declared.route) answering.push(made);
    }
    for (const made of answering) this.#console?.answer(made, made.declared.route ?? '');
  }

  #wake(made: DeclaredFunction, deadLetters: DeadLetters): void {
    const { settings } = this.#deployed;
    switch (made.declared.trigger) {
      case 'findings-queue':
        new FindingsArrival(this, 'Findings', { ...this.#queues, settings, intake: made, deadLetters });
        break;
      case 'table-stream':
        new ArchiveStream(this, 'Archive', { ...this.#queues, table: this.#records.table, archive: made, deadLetters });
        break;
      case 'mail-events':
        new MailEvents(this, 'MailEvents', { ...this.#queues, hears: made, deadLetters });
        break;
      case 'schedule':
        new Heartbeat(this, made.declared.schedule ? `Daily-${made.declared.name}` : 'Heartbeat', {
          ...this.#queues,
          woken: made,
          deadLetters,
        });
        break;
      case 'api':
        this.#console = new ConsoleApi(this, 'Console', { ...this.#queues, console: made });
        break;
      case 'machine':
        break;
    }
  }

  /** Metrics that the functions themselves count (lambdas/platform). */
  #hearTheCode(): void {
    for (const [metricName, { heading, says }] of Object.entries(this.#deployed.declarations.metrics))
      this.#queues.alarms.raise(`counted-${metricName}`, {
        heading,
        says,
        metric: new Metric({
          namespace: 'Tourniquet',
          metricName,
          dimensionsMap: { service: prefix },
          period: Duration.minutes(1),
          statistic: 'Sum',
        }),
      });
  }
}
