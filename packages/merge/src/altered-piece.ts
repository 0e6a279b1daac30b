import { formatRef, type PartRef, PipelineError, PipelineMergeError } from '@pipeline/core';

/** The error for a committed object that is not what was committed; `index` is its chunk's, where that is known. */
export const altered = (piece: PartRef, index?: number, cause?: PipelineError): PipelineMergeError =>
  new PipelineMergeError(
    'MERGE_MISMATCH',
    {
      ...(index === undefined ? {} : { index }),
      reason: `${formatRef(piece.object)} is not the ${piece.bytes} bytes with CRC-32 ${piece.crc32} that were committed`,
    },
    { cause },
  );

/** A committed object that is gone or was overwritten is no fault of the input, which `SOURCE_…` would say. */
export const ofPiece = async <T>(piece: PartRef, index: number | undefined, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (PipelineError.is(error) && (error.code === 'SOURCE_CHANGED' || error.code === 'SOURCE_NOT_FOUND'))
      throw altered(piece, index, error);
    throw error;
  }
};
