import type { UniqueRowsOptions } from '@pipeline/validate';
import { UsageError } from '../exit-codes.ts';

/** What a row is that repeats another one, as `--on-duplicate` says it. */
export const readOnDuplicate = (
  text: string | undefined,
  unique: string | undefined,
): Pick<UniqueRowsOptions, 'onDuplicate'> => {
  if (text === undefined) return {};
  if (unique === undefined) throw new UsageError('--on-duplicate needs --unique, the columns that tell rows apart');
  if (text === 'reject' || text === 'warn' || text === 'fail') return { onDuplicate: text };
  throw new UsageError(`--on-duplicate must be reject, warn or fail, got ${JSON.stringify(text)}`);
};
