import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as Lambda, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { FunctionDeclaration } from './declarations.ts';
import { type Deployed, grantsOf } from './grants.ts';
import { prefix, responseArn } from './names.ts';
import { acknowledge, type Right, Rights } from './rights.ts';

export interface DeclaredFunctionProps {
  declared: FunctionDeclaration;
  deployed: Deployed;
  /** folder of the bundled code: index.mjs, settings.json, catalogue.json */
  code: string;
  deadLetters: DeadLetters;
  alarms: Alarms;
}

/** Promise: a function may do what its `function.json` says, under a role of its own, and its failures are heard. */
export class DeclaredFunction extends Construct {
  readonly lambda: Lambda;
  readonly declared: FunctionDeclaration;
  readonly #rights: Rights;

  constructor(scope: Construct, id: string, props: DeclaredFunctionProps) {
    super(scope, id);
    const { declared, deployed, deadLetters } = props;
    this.declared = declared;
    const name = `${prefix}-${declared.name}`;
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${name}`,
      encryptionKey: deployed.key.key,
      retention: RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const grant = grantsOf(declared, deployed);
    this.#rights = new Rights(this, 'Rights', {
      name,
      description: declared.promise,
      rights: [
        ...grant.rights,
        this.#logs(deployed, logGroup.logGroupName),
        deadLetters.take(),
        deployed.key.through(['sqs']),
      ],
    });
    this.lambda = new Lambda(this, 'Function', {
      functionName: name,
      description: declared.promise.slice(0, 256),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(props.code, { exclude: ['*.map'] }),
      role: this.#role(name, declared.promise),
      timeout: Duration.seconds(declared.timeoutSeconds),
      memorySize: declared.memoryMb,
      // A flood of findings must not take the concurrency that containment needs; the heartbeat never runs twice at once.
      reservedConcurrentExecutions: declared.trigger === 'schedule' && !declared.route ? 1 : 10,
      deadLetterQueue: deadLetters.queue,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: { ...grant.environment, ...everyFunction, PARTITION: deployed.names.partition },
    });
    acknowledge(
      this.lambda,
      'HIPAA.Security-LambdaInsideVPC',
      'It calls only public AWS endpoints, over TLS, in many accounts and Regions, and reaches no network of a customer. A VPC would add interface endpoints per service and Region as parts that can fail in an incident, without taking any path away: its role, not its network, is its boundary.',
    );
    this.#listen(props.alarms);
  }

  /** Rights that come with what wakes it. */
  allow(...rights: Right[]): void {
    this.#rights.allow(...rights);
  }

  #role(name: string, promise: string) {
    const role = new Role(this, 'Role', {
      roleName: name,
      description: promise.slice(0, 1000),
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      managedPolicies: [this.#rights],
    });
    return role.withoutPolicyUpdates();
  }

  #logs({ names }: Deployed, group: string): Right {
    return {
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [responseArn(names, 'logs', `log-group:/aws/lambda/${prefix}-${this.declared.name}:*`)],
      wildcard: `Lambda names the streams inside ${group.includes('{Token') ? 'its log group' : group}; the log group itself is named.`,
    };
  }

  #listen(alarms: Alarms): void {
    const { name, promise } = this.declared;
    const period = Duration.minutes(1);
    alarms.raise(`${name}-errors`, {
      heading: 'A function fails',
      says: `${prefix}-${name} failed. Its promise: ${promise}.`,
      // what the domain foresees (not yet safe, asked again, paused) is thrown too, for the machine to match; it wakes nobody
      metric: new MathExpression({
        expression: 'errors - FILL(foreseen, 0)',
        label: 'unforeseen errors',
        period,
        usingMetrics: {
          errors: this.lambda.metricErrors({ period, statistic: 'Sum' }),
          foreseen: new Metric({
            namespace: 'Tourniquet',
            metricName: 'Foreseen',
            dimensionsMap: { service: prefix, function: name },
            period,
            statistic: 'Sum',
          }),
        },
      }),
    });
    alarms.raise(`${name}-throttles`, {
      heading: 'A function is throttled',
      says: `${prefix}-${name} was refused for want of concurrency.`,
      metric: this.lambda.metricThrottles({ period, statistic: 'Sum' }),
    });
  }
}

const everyFunction = {
  POWERTOOLS_SERVICE_NAME: prefix,
  POWERTOOLS_METRICS_NAMESPACE: 'Tourniquet',
  POWERTOOLS_LOGGER_LOG_EVENT: 'false',
  POWERTOOLS_LOG_LEVEL: 'INFO',
};
