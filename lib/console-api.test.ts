import { describe, expect, it } from 'vitest';
import {
  document,
  exampleSettings,
  list,
  resources,
  rootWith,
  statementsByRole,
  templatesOf,
} from './deployment.fixture.ts';

const settings = await exampleSettings('organization');
const { response } = templatesOf(settings);

describe('the console API', () => {
  it('has four routes, each for signed-in people only', () => {
    const routes = resources(response, 'AWS::ApiGatewayV2::Route').map(([, r]) => r.Properties);
    expect(routes.map((route) => route.RouteKey).sort()).toEqual([
      'GET /doctor',
      'GET /incidents/{id}',
      'GET /incidents/{id}/notices/{regime}/{obligation}',
      'POST /decisions',
    ]);
    for (const route of routes) expect(route.AuthorizationType).toBe('AWS_IAM');
  });

  it('lets people on call use exactly these', () => {
    const policy = resources(response, 'AWS::IAM::ManagedPolicy').find(
      ([, r]) => r.Properties.ManagedPolicyName === 'tourniquet-on-call',
    );
    const paths = document(policy?.[1].Properties.PolicyDocument).flatMap(({ Action, Resource }) => {
      expect(Action).toBe('execute-api:Invoke');
      return list(Resource).map((one) => /\/\$default\/([^"]+)/.exec(JSON.stringify(one))?.[1]);
    });
    expect(paths).toEqual(['POST/decisions', 'GET/incidents/*', 'GET/doctor']);
  });

  it('takes from a function only a route that changes nothing', () => {
    const declared = {
      promise: 'p',
      trigger: 'machine',
      timeoutSeconds: 9,
      memoryMb: 128,
      uses: [],
      route: 'POST /doctor',
    };
    expect(() => templatesOf(settings, rootWith({ 'lambdas/extra/function.json': declared }))).toThrow(
      'lambdas/extra/function.json: route "POST /doctor" is none; write GET /<word>',
    );
  });
});

describe('the doctor', () => {
  it('reads by its own role, and beside that only keeps its report, tells people and assumes the member roles', () => {
    const actions = (statementsByRole(response).get('tourniquet-doctor') ?? []).flatMap((s) => list(s.Action));
    expect(actions.filter((action) => !/:(?:Get|List|Describe)/.test(action)).sort()).toEqual([
      'dynamodb:ConditionCheckItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'kms:Decrypt',
      'kms:Decrypt',
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'kms:GenerateDataKey',
      'kms:GenerateDataKey',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'ses:SendEmail',
      'sns:Publish',
      'sqs:SendMessage',
      'sts:AssumeRole',
      'sts:AssumeRole',
    ]);
  });

  it('looks at keys by the two aliases of ours and at no other', () => {
    const statement = statementsByRole(response)
      .get('tourniquet-doctor')
      ?.find((s) => list(s.Action).includes('kms:DescribeKey'));
    expect(statement).toMatchObject({
      Action: 'kms:DescribeKey',
      Resource: ['arn:aws:kms:us-east-1:222222222222:key/*', 'arn:aws:kms:us-east-1:333333333333:key/*'],
      Condition: { StringEquals: { 'kms:RequestAlias': ['alias/tourniquet-response', 'alias/tourniquet-vault'] } },
    });
  });

  it('does not synthesise for a check that asks for what has no meaning in the response account', () => {
    const odd = {
      id: 'odd',
      permissions: { member: [], own: [{ actions: ['s3:GetBucketAcl'], resources: ['${arn}'] }] },
    };
    expect(() => templatesOf(settings, rootWith({ 'lambdas/doctor/checks/odd.json': odd }))).toThrow(
      'check odd: ${arn} has no meaning here; there are partition, region, account',
    );
  });
});
