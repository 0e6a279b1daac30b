import { PipelineConfigError } from '@pipeline/core';
import type { Construct } from 'constructs';
import { DataBucket } from '../data-bucket.ts';
import { type PlaceName, type Places, placeNames, usualPrefixes } from '../places.ts';
import type { CsvPipelineProps } from './pipeline-props.ts';

/** Whether any place has no bucket of the user's. */
export const needsBucket = (props: CsvPipelineProps): boolean =>
  placeNames.some((name) => takenPlace(name, props)?.bucket === undefined);

/** What the user says of a place; rejects lie with the output unless told otherwise. */
const takenPlace = (name: PlaceName, { places = {} }: CsvPipelineProps) =>
  places[name] ?? (name === 'rejects' ? places.output : undefined);

const hexDigits = [...'0123456789abcdef'];

/** Batch ids begin with these. `gate/` and `durations.json`, which lie beside the batches and stay, do not. */
const beginningsOfBatches = hexDigits.flatMap((digit) =>
  digit === 'd' ? hexDigits.map((second) => `d${second}`) : [digit],
);

/**
 * The bucket of a pipeline, whose working files go after some days.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` for days in which a batch can still be redriven
 */
export const makeDataBucket = (
  scope: Construct,
  { retain, key, places = {}, workDays = 30, noncurrentDays }: CsvPipelineProps,
): DataBucket => {
  if (workDays < 15)
    throw new PipelineConfigError('CONFIG_INVALID', { option: 'workDays', expected: 'at least 15', got: workDays });
  const { bucket, prefix = usualPrefixes.work } = places.work ?? {};
  return new DataBucket(scope, 'Data', {
    retain: retain === 'data',
    key,
    expire:
      bucket === undefined
        ? beginningsOfBatches.map((beginning) => ({ prefix: `${prefix}${beginning}`, days: workDays }))
        : [],
    ...(noncurrentDays === undefined ? {} : { noncurrentDays }),
  });
};

/** Every role's bucket and prefix: the user's, or the bucket that was made with the usual prefixes. */
export const placesOf = (props: CsvPipelineProps, data: DataBucket | undefined): Places =>
  Object.fromEntries(
    placeNames.map((name) => {
      const taken = takenPlace(name, props);
      return [name, { bucket: taken?.bucket ?? data!.bucket, prefix: taken?.prefix ?? usualPrefixes[name] }];
    }),
  ) as Places;
