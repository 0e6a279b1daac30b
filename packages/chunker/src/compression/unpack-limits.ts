import { PipelineConfigError } from '@pipeline/core';
import { sourceFailure } from './source-failure.ts';

/** How much may come out of a packed source. */
export interface UnpackLimits {
  /**
   * Most bytes that come out for each packed byte that went in, from 1; `Infinity` for no cap. It counts from 16 MiB of
   * output on, so that small files may be as regular as they like. CSV packs 3 to 30 times, wide rows of zeros a few hundred
   * times; deflate ends at 1,032, zstd beyond 30,000.
   * @default 1000
   */
  readonly maxRatio?: number;
  /** Most bytes that come out in all, from 1; `Infinity` for no cap. @default 1 TiB */
  readonly maxBytes?: number;
}

/** Below it the ratio says nothing: 16 MiB of output harm nobody. */
const ratioFloorBytes = 16 * 1024 * 1024;

/**
 * Answers a function that is told of all bytes so far, and throws once they burst a limit.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 */
export const unpackGuard = (
  object: string,
  { maxRatio = 1000, maxBytes = 1024 ** 4 }: UnpackLimits,
): ((unpackedBytes: number, packedBytes: number) => void) => {
  checkLimit('maxRatio', maxRatio);
  checkLimit('maxBytes', maxBytes);
  return (unpackedBytes, packedBytes) => {
    const fail = (cap: keyof UnpackLimits, limit: number, unit: string): Error =>
      sourceFailure('SOURCE_BOMB', {
        object,
        offset: packedBytes,
        reason: `it unpacks to more than ${limit.toLocaleString('en-US')} ${unit} (${cap}); raise ${cap} if the file is meant to be so`,
        cap,
        limit,
        unpackedBytes,
        packedBytes,
      });
    if (unpackedBytes > maxBytes) throw fail('maxBytes', maxBytes, 'bytes');
    if (unpackedBytes > ratioFloorBytes && unpackedBytes > maxRatio * packedBytes)
      throw fail('maxRatio', maxRatio, 'times its packed bytes');
  };
};

const checkLimit = (option: keyof UnpackLimits, got: number): void => {
  // NaN fails every comparison: it would switch the guard off.
  if (typeof got !== 'number' || !(got >= 1))
    throw new PipelineConfigError('CONFIG_INVALID', { option, expected: 'a number of at least 1', got });
};
