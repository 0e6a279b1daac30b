import { describe, expect, test } from 'vitest';
import { checkLocations, isWithin, oneBucket, type PipelineLocations, writtenPlaces } from '../src/index.ts';

const place = (prefix: string, bucket = 'b') => ({ bucket, prefix });
const apart: PipelineLocations = {
  input: place('input/'),
  work: place('batches/'),
  archive: place('archive/'),
  failed: place('failed/'),
};

describe('checkLocations', () => {
  test.each<[string, Partial<PipelineLocations>]>([
    ['everything apart', {}],
    ['a prefix that only begins alike', { archive: place('input_archive/') }],
    ['the same prefix in another bucket', { work: place('input/', 'work') }],
    [
      'a trigger on a whole bucket, all else in another',
      {
        input: place(''),
        work: place('batches/', 'w'),
        archive: place('a/', 'w'),
        failed: place('f/', 'w'),
      },
    ],
    ['rejects and output of their own', { output: place('out/'), rejects: place('', 'private') }],
  ])('takes %s', (_, change) => {
    const locations = { ...apart, ...change };
    expect(checkLocations(locations)).toBe(locations);
  });

  test.each<[string, Partial<PipelineLocations>]>([
    ['work under the trigger', { work: place('input/batches/') }],
    ['the trigger under work', { input: place('batches/input/') }],
    ['the archive in the trigger', { archive: place('input/') }],
    ['failed under the trigger', { failed: place('input/failed/') }],
    ['output under the trigger', { output: place('input/done/') }],
    ['rejects under the trigger', { rejects: place('input/rejects/') }],
    ['a trigger on the whole bucket', { input: place('') }],
    ['work in the whole bucket', { work: place('') }],
    ['the archive among the batches', { archive: place('batches/archive/') }],
    ['failed copies among the batches', { failed: place('batches/') }],
    ['the archive among the outputs', { output: place('out/'), archive: place('out/archive/') }],
    ['archive and failed in one place', { archive: place('failed/') }],
    ['prefixes without their slash', { input: place('in'), work: place('intermediate/') }],
  ])('refuses %s', (_, change) => {
    expect(() => checkLocations({ ...apart, ...change })).toThrow(/^CONFIG_INVALID: locations must be prefixes apart/);
  });
});

describe('oneBucket', () => {
  test('lays everything out apart', () => {
    expect(oneBucket('orders')).toEqual({
      input: place('input/', 'orders'),
      work: place('batches/', 'orders'),
      archive: place('input_archive/', 'orders'),
      failed: place('failed/', 'orders'),
    });
  });

  test.each(['done', '/done', 'done/', '//done//'])('takes the archive folder %s', (archiveFolder) => {
    expect(oneBucket('b', { archiveFolder }).archive.prefix).toBe('done/');
  });

  test.each(['input', 'input/old', '', '/', 'batches', 'batches/old', 'failed', 'failed/x'])(
    'refuses the archive folder %j',
    (archiveFolder) => {
      expect(() => oneBucket('b', { archiveFolder })).toThrow('CONFIG_INVALID');
    },
  );
});

test('written places are all but the input', () => {
  expect(writtenPlaces(apart).map(({ prefix }) => prefix)).toEqual(['batches/', 'archive/', 'failed/']);
  expect(writtenPlaces({ ...apart, output: place('o/'), rejects: place('r/') })).toHaveLength(5);
});

test('within is by bucket and prefix', () => {
  expect(isWithin({ bucket: 'b', key: 'input/a' }, place('input/'))).toBe(true);
  expect(isWithin({ bucket: 'b', key: 'input_archive/a' }, place('input/'))).toBe(false);
  expect(isWithin({ bucket: 'c', key: 'input/a' }, place('input/'))).toBe(false);
});
