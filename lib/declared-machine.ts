import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';
import type { MachineDeclaration } from './declarations.ts';
import { definitionOf } from './definition.ts';
import type { Deployed } from './grants.ts';
import { prefix } from './names.ts';
import { type Right, Rights } from './rights.ts';

/** Promise: a state machine runs the text of its file, may call what that text calls, and logs what happened without what was said. */
export class DeclaredMachine extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: { declared: MachineDeclaration; deployed: Deployed; alarms: Alarms },
  ) {
    super(scope, id);
    const { declared, deployed, alarms } = props;
    const name = `${prefix}-${declared.name}`;
    const { functions, machines } = deployed.declarations;
    const definition = definitionOf(declared, { names: deployed.names, functions, machines });
    const machine = new StateMachine(this, 'Machine', {
      stateMachineName: name,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(definition.text),
      role: this.#role(name, definition.rights),
      tracingEnabled: true,
      logs: { destination: this.#log(name, deployed), level: LogLevel.ALL, includeExecutionData: false },
    });
    const period = Duration.minutes(1);
    alarms.raise(`${declared.name}-not-finished`, {
      heading: 'A state machine does not finish',
      says: `An execution of ${name} failed, timed out or was aborted.`,
      metric: new MathExpression({
        label: 'not finished',
        expression: 'failed + timedOut + aborted',
        usingMetrics: {
          failed: machine.metricFailed({ period, statistic: 'Sum' }),
          timedOut: machine.metricTimedOut({ period, statistic: 'Sum' }),
          aborted: machine.metricAborted({ period, statistic: 'Sum' }),
        },
        period,
      }),
    });
  }

  #role(name: string, rights: Right[]) {
    const policy = new Rights(this, 'Rights', {
      name: `${name}-machine`,
      description: `What ${name} calls`,
      rights: [...rights, deliverLogs, trace],
    });
    const role = new Role(this, 'Role', {
      roleName: `${name}-machine`,
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      managedPolicies: [policy],
    });
    return role.withoutPolicyUpdates();
  }

  /** `/aws/vendedlogs/`: other prefixes fill the account's log resource policy (Step Functions developer guide, "Logging"). */
  #log(name: string, deployed: Deployed): LogGroup {
    return new LogGroup(this, 'Log', {
      logGroupName: `/aws/vendedlogs/states/${name}`,
      encryptionKey: deployed.key.key,
      retention: RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}

const deliverLogs: Right = {
  actions: [
    'logs:CreateLogDelivery',
    'logs:GetLogDelivery',
    'logs:UpdateLogDelivery',
    'logs:DeleteLogDelivery',
    'logs:ListLogDeliveries',
    'logs:PutResourcePolicy',
    'logs:DescribeResourcePolicies',
    'logs:DescribeLogGroups',
  ],
  resources: ['*'],
  wildcard:
    'Step Functions asks for these eight actions to deliver its logs, and IAM gives them no resource type (Step Functions developer guide, "Logging to CloudWatch Logs"). The role is assumed by Step Functions alone.',
};

const trace: Right = {
  actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'xray:GetSamplingRules', 'xray:GetSamplingTargets'],
  resources: ['*'],
  wildcard:
    'X-Ray has no resource to name for these four actions (Step Functions developer guide, "X-Ray permissions"); traces hold names of states and durations, never input or output.',
};
