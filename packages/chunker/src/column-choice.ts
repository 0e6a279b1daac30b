import { PipelineConfigError } from '@pipeline/core';

/**
 * Checks a choice of output columns: each known, none twice, at least one.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 * @example
 * checkChoice(['id', 'total'], ['id', 'price', 'total']); // ['id', 'total']
 */
export const checkChoice = (chosen: readonly string[], available: readonly string[]): readonly string[] => {
  const wrong = chosen.find((name, index) => !available.includes(name) || chosen.indexOf(name) !== index);
  if (wrong !== undefined || chosen.length === 0)
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'columns',
      expected: `names out of ${available.join(', ')}, each once`,
      got: wrong === undefined ? 'none' : JSON.stringify(wrong),
    });
  return chosen;
};
