import { UsageError } from '../exit-codes.ts';

/**
 * The one input of a command.
 *
 * @throws UsageError
 */
export const oneInput = (positionals: readonly string[], usage: string): string => {
  const [given, ...more] = positionals;
  if (given === undefined) throw new UsageError(`which file? ${usage}`);
  if (more.length > 0) throw new UsageError(`one file at a time, got ${positionals.join(', ')}`);
  return given;
};
