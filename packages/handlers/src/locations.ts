import { type BatchLocations, type ObjectRef, PipelineConfigError, type PrefixRef } from '@pipeline/core';

/** Bucket and prefix of every role. The trigger's prefix and those we write to must not overlap. */
export interface PipelineLocations extends BatchLocations {
  /** Where uploads arrive. */
  readonly input: PrefixRef;
  /** Where originals go after success. */
  readonly archive: PrefixRef;
  /** Where a copy of the original goes after failure. */
  readonly failed: PrefixRef;
}

/**
 * The usual layout in one bucket: `input/`, `batches/`, `<archiveFolder>/`, `failed/`.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` when the archive folder overlaps another place
 * @example
 * oneBucket('orders', { archiveFolder: 'done' }).archive; // { bucket: 'orders', prefix: 'done/' }
 */
export const oneBucket = (
  bucket: string,
  { archiveFolder = 'input_archive' }: { readonly archiveFolder?: string } = {},
): PipelineLocations =>
  checkLocations({
    input: { bucket, prefix: 'input/' },
    work: { bucket, prefix: 'batches/' },
    archive: { bucket, prefix: archiveFolder.replace(/^\/+|\/+$/g, '').replace(/.$/, '$&/') },
    failed: { bucket, prefix: 'failed/' },
  });

/**
 * Every place that we write to.
 *
 * @example
 * writtenPlaces(oneBucket('orders')).map(({ prefix }) => prefix); // ['batches/', 'input_archive/', 'failed/']
 */
export const writtenPlaces = (locations: PipelineLocations): readonly PrefixRef[] =>
  [locations.work, locations.output, locations.rejects, locations.archive, locations.failed].filter(
    (place) => place !== undefined,
  );

/**
 * Whether an object lies below a place.
 *
 * @example
 * isWithin({ bucket: 'orders', key: 'input/may.csv' }, oneBucket('orders').input); // true
 */
export const isWithin = (ref: ObjectRef, place: PrefixRef): boolean =>
  ref.bucket === place.bucket && ref.key.startsWith(place.prefix);

const overlap = (a: PrefixRef, b: PrefixRef): boolean =>
  a.bucket === b.bucket && (a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix));

/**
 * Checks that nothing we write can trigger us again, and that originals (archive, failed) lie apart from the working files of
 * batches, which lifecycle rules remove. Work, output and rejects may share a place.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 * @example
 * const locations = checkLocations({ ...oneBucket('work'), input: { bucket: 'inbox', prefix: '' } });
 */
export const checkLocations = <L extends PipelineLocations>(locations: L): L => {
  const { input, archive, failed } = locations;
  const working = [locations.work, locations.output, locations.rejects].filter((place) => place !== undefined);
  const refuse = (place: PrefixRef, from: string, other: PrefixRef): never => {
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'locations',
      expected: `prefixes apart from ${from} ${JSON.stringify(other.prefix)}`,
      got: JSON.stringify(place.prefix),
    });
  };
  for (const place of writtenPlaces(locations)) if (overlap(place, input)) refuse(place, "the trigger's", input);
  for (const place of working) {
    if (overlap(archive, place)) refuse(archive, "the batches'", place);
    if (overlap(failed, place)) refuse(failed, "the batches'", place);
  }
  if (overlap(archive, failed)) refuse(archive, "the failed copies'", failed);
  return locations;
};
