import { CfnOutput, RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { CustomerKey } from './customer-key.ts';
import type { DeclaredFunction } from './declared-function.ts';
import { type Names, prefix, responseArn } from './names.ts';
import { type Right, Rights } from './rights.ts';

/** Promise: only a signed-in person decides, AWS says who it is, and a GET changes nothing. */
export class ConsoleApi extends Construct {
  readonly #api: HttpApi;
  readonly #onCall: Rights;
  readonly #names: Names;

  constructor(scope: Construct, id: string, props: { names: Names; key: CustomerKey; console: DeclaredFunction }) {
    super(scope, id);
    const { names, key, console } = props;
    const api = new HttpApi(this, 'Api', {
      apiName: `${prefix}-console`,
      description: 'Tourniquet: decisions of signed-in people',
      createDefaultStage: false,
      defaultAuthorizer: new HttpIamAuthorizer(),
    });
    const integration = new HttpLambdaIntegration('Console', console.lambda);
    api.addRoutes({ path: '/decisions', methods: [HttpMethod.POST], integration });
    api.addRoutes({ path: '/incidents/{id}', methods: [HttpMethod.GET], integration });
    api.addRoutes({ path: '/incidents/{id}/notices/{regime}/{obligation}', methods: [HttpMethod.GET], integration });
    new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: 20, burstLimit: 40 },
      accessLogSettings: { destination: new LogGroupLogDestination(this.#accessLog(key)), format },
    });
    this.#api = api;
    this.#names = names;
    this.#onCall = new Rights(this, 'OnCall', {
      name: `${prefix}-on-call`,
      description: 'Attach this to the people on call: read an incident, send a decision',
      rights: [
        { actions: ['execute-api:Invoke'], resources: [this.#route('POST/decisions')] },
        {
          actions: ['execute-api:Invoke'],
          resources: [this.#route('GET/incidents/*')],
          wildcard:
            'Whoever is on call may read every incident; its number exists only once it has been opened. Nothing is changed by a GET.',
        },
      ],
    });
    new CfnOutput(this, 'Url', { value: api.apiEndpoint, description: 'TOURNIQUET_API of the command line' });
  }

  /** A further question that people on call may ask: its answer changes nothing. */
  answer(made: DeclaredFunction, route: string): void {
    const [, path = ''] = route.split(' ');
    const integration = new HttpLambdaIntegration(made.declared.name, made.lambda);
    this.#api.addRoutes({ path, methods: [HttpMethod.GET], integration });
    const right: Right = { actions: ['execute-api:Invoke'], resources: [this.#route(`GET${path}`)] };
    this.#onCall.allow(right);
  }

  #route(path: string): string {
    return responseArn(this.#names, 'execute-api', `${this.#api.apiId}/$default/${path}`);
  }

  #accessLog(key: CustomerKey): LogGroup {
    return new LogGroup(this, 'AccessLog', {
      logGroupName: `/aws/vendedlogs/${prefix}-console`,
      encryptionKey: key.key,
      retention: RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}

/** Who called which route with what result; never a body, a query or an agent's text. */
const format = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    time: '$context.requestTime',
    route: '$context.routeKey',
    status: '$context.status',
    principal: '$context.identity.userArn',
    account: '$context.identity.accountId',
    ip: '$context.identity.sourceIp',
    failure: '$context.integrationErrorMessage',
  }),
);
