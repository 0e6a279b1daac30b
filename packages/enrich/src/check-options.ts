import { PipelineConfigError } from '@pipeline/core';

/**
 * Refuses a bad option, saying what was expected and what came.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 */
export const requireOption = (ok: boolean, option: string, expected: string, got: unknown): void => {
  if (!ok)
    throw new PipelineConfigError('CONFIG_INVALID', {
      option,
      expected,
      got: typeof got === 'number' ? String(got) : (JSON.stringify(got) ?? String(got)),
    });
};

/** Whether a value is a whole number of at least `least`, or `Infinity`. */
export const isCount = (value: unknown, least: number): boolean =>
  typeof value === 'number' && value >= least && (Number.isInteger(value) || value === Number.POSITIVE_INFINITY);

/** Whether a value is a positive number, `Infinity` included. */
export const isPositive = (value: unknown): boolean => typeof value === 'number' && value > 0;
