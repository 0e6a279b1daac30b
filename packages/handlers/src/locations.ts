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

/** The usual layout in one bucket: `input/`, `batches/`, `<archiveFolder>/`, `failed/`. */
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

/** Every place that we write to. */
export const writtenPlaces = (locations: PipelineLocations): readonly PrefixRef[] =>
  [locations.work, locations.output, locations.rejects, locations.archive, locations.failed].filter(
    (place) => place !== undefined,
  );

/** Whether an object lies below a place. */
export const isWithin = (ref: ObjectRef, place: PrefixRef): boolean =>
  ref.bucket === place.bucket && ref.key.startsWith(place.prefix);

/**
 * Checks that nothing we write can trigger us again.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 */
export const checkLocations = <L extends PipelineLocations>(locations: L): L => {
  const { input } = locations;
  const clash = writtenPlaces(locations).find(
    (place) =>
      place.bucket === input.bucket && (place.prefix.startsWith(input.prefix) || input.prefix.startsWith(place.prefix)),
  );
  if (clash !== undefined)
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'locations',
      expected: `prefixes apart from the trigger's ${JSON.stringify(input.prefix)}`,
      got: JSON.stringify(clash.prefix),
    });
  return locations;
};
