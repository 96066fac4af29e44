import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Target } from '../core/target.ts';
import { doorsIn } from './doors.ts';

const leaked: Target = {
  kind: 'iam-access-key',
  id: 'AKIAIOSFODNN7EXAMPLE',
  account: '111122223333',
  region: 'us-east-1',
};
const assume = (roleSessionName: string, eventTime = '2026-03-01T09:00:00Z') => ({
  CloudTrailEvent: JSON.stringify({
    eventName: 'AssumeRole',
    eventTime,
    requestParameters: { roleArn: 'arn:aws:iam::111122223333:role/clinic/reports', roleSessionName },
    responseElements: { credentials: { accessKeyId: 'ASIAAAAAAAAAAAAAAAAA' } },
  }),
});

describe('doorsIn', () => {
  it('makes one door of several sessions of one role, and says each', () => {
    const doors = doorsIn([assume('b'), assume('a'), assume('a')], leaked);
    expect(doors.footholds).toHaveLength(1);
    expect(doors.footholds[0]?.how).toMatch(/^assumed as session a at .*; assumed as session b at /);
    expect(doors.minted).toEqual(['ASIAAAAAAAAAAAAAAAAA']);
  });

  it('survives whatever an event holds, and never makes a target of a name that is none', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (anything, name) => {
        const text = JSON.stringify({
          eventName: 'CreateAccessKey',
          eventTime: 'x',
          requestParameters: anything,
          responseElements: { accessKey: { accessKeyId: name } },
        });
        const doors = doorsIn([{ CloudTrailEvent: text }, { CloudTrailEvent: JSON.stringify(anything) }, {}], leaked);
        for (const { target } of doors.footholds) expect(target.id).toMatch(/^AKIA[A-Z0-9]+$/);
      }),
    );
  });
});
