import { describe, expect, it } from 'vitest';
import { recorded } from './data-events.ts';

const s3 = { Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::a/'] };
const field = (Field: string, more: object) => ({ Field, ...more });
const data = [field('eventCategory', { Equals: ['Data'] }), field('resources.type', { Equals: ['AWS::S3::Object'] })];

describe('what a trail records of objects', () => {
  it.each([
    [
      'all of a bucket',
      { EventSelectors: [{ ReadWriteType: 'All' as const, DataResources: [s3] }] },
      ['arn:aws:s3:::a/'],
    ],
    [
      'nothing where only writes are recorded',
      { EventSelectors: [{ ReadWriteType: 'WriteOnly' as const, DataResources: [s3] }] },
      [],
    ],
    [
      'nothing where another service is recorded',
      { EventSelectors: [{ DataResources: [{ ...s3, Type: 'AWS::Lambda::Function' }] }] },
      [],
    ],
    ['everything', { AdvancedEventSelectors: [{ FieldSelectors: data }] }, ['']],
    [
      'what begins so',
      {
        AdvancedEventSelectors: [
          { FieldSelectors: [...data, field('resources.ARN', { StartsWith: ['arn:aws:s3:::a/'] })] },
        ],
      },
      ['arn:aws:s3:::a/'],
    ],
    [
      'nothing to rely on where something is left out',
      {
        AdvancedEventSelectors: [
          { FieldSelectors: [...data, field('resources.ARN', { NotStartsWith: ['arn:aws:s3:::a/'] })] },
        ],
      },
      [],
    ],
    [
      'nothing to rely on where only some calls are recorded',
      { AdvancedEventSelectors: [{ FieldSelectors: [...data, field('eventName', { Equals: ['PutObject'] })] }] },
      [],
    ],
    ['nothing without selectors of objects', { AdvancedEventSelectors: [{ FieldSelectors: data.slice(0, 1) }] }, []],
  ])('%s', (_, selectors, beginnings) => {
    expect(recorded(selectors as Parameters<typeof recorded>[0])).toEqual(beginnings);
  });
});
