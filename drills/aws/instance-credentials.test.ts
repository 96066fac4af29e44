import { expect, it } from 'vitest';
import { instanceCredentials } from './instance-credentials.ts';
import { allow, clinic, deny, policy, region, testWorld, trust } from './testWorld.ts';

const arn = (id: string) => `arn:aws:ec2:${region}:${clinic}:instance/${id}`;

it('a deny of one instance cuts off its credentials wherever they are used, and no other instance of the role', async () => {
  const { world, aws } = testWorld();
  const Condition = { ArnEquals: { 'ec2:SourceInstanceARN': arn('i-0000000a') } };
  world.account(clinic).addRole({
    name: 'records-web',
    trust: trust({ Service: 'ec2.amazonaws.com' }),
    inline: { work: policy(allow('cloudtrail:*')), deny: policy(deny('*', '*', { Condition })) },
  });
  const list = (id: string) =>
    aws.send('CloudTrail', 'DescribeTrails', {}, instanceCredentials(world, arn(id), 'records-web'), region);
  await expect(list('i-0000000a')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await expect(list('i-0000000b')).resolves.toMatchObject({ trailList: [] });
});

it('name the session after the instance, as aws:userid shows it', async () => {
  const { world, aws } = testWorld();
  const role = world.account(clinic).addRole({ name: 'records-web', trust: trust({ Service: 'ec2.amazonaws.com' }) });
  const credentials = instanceCredentials(world, arn('i-0000000a'), 'records-web');
  const identity = await aws.send('STS', 'GetCallerIdentity', {}, credentials, region);
  expect(identity).toMatchObject({ UserId: `${role.id}:i-0000000a` });
  expect(() => instanceCredentials(world, arn('i-0000000a'), 'nobody')).toThrow(RangeError);
});
