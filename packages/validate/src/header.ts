import { PipelineSourceError } from '@pipeline/core';
import { isReservedName } from './reserved-name.ts';
import type { RowShape } from './row-shape.ts';

const badHeader = (reason: string, column: string, expected: string, locale: string | undefined): never => {
  throw new PipelineSourceError(
    'CSV_BAD_HEADER',
    { object: 'the file', reason, column, expected },
    locale === undefined ? {} : { locale },
  );
};

/** @throws PipelineSourceError `CSV_BAD_HEADER` for a name that means something on every JavaScript object. */
export const checkName = (name: string, locale: string | undefined): void => {
  if (isReservedName(name))
    badHeader('has a column that cannot be handled safely', name, 'another name for it', locale);
};

/** @throws PipelineSourceError `CSV_BAD_HEADER` naming the first column that is missing or not allowed. */
export const checkHeader = (columns: readonly string[], shape: RowShape, locale: string | undefined): void => {
  for (const name of columns) checkName(name, locale);
  const present = new Set(columns);
  const missing = shape.required.filter((name) => !present.has(name));
  if (missing.length > 0)
    badHeader('lacks a column that the rule requires', missing[0]!, `the columns ${listed(shape.required)}`, locale);
  const extra = columns.find((name) => !shape.accepts(name));
  if (extra !== undefined)
    badHeader('has a column that the rule does not allow', extra, `no others than ${listed(shape.columns)}`, locale);
};

const maxListed = 20;

const listed = (names: readonly string[]): string =>
  names.slice(0, maxListed).join(', ') + (names.length > maxListed ? ` and ${names.length - maxListed} more` : '');
