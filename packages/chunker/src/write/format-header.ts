import type { CsvDialect } from '@pipeline/core';
import { runsIntoDelimiter } from '../fallback/tokens.ts';
import { outputColumn } from './column-choice.ts';
import { createFieldFormatter, type FieldDialect } from './format-field.ts';
import { sameDialect } from './format-passing.ts';
import type { RowFormat } from './format-plan.ts';
import { isFormula } from './formula-guard.ts';
import { newlineText, outputDialect } from './output-format.ts';

/** The newline that a header record ends with, if it has one. */
const newlineOf = (headerText: string, { loneCr = false }: FieldDialect): string =>
  (loneCr ? /\r\n?$|\n$/ : /\r?\n$/).exec(headerText)?.[0] ?? '';

/**
 * The header of the output: as it stands in the source where its columns stay and nothing else is asked for, with new names
 * behind it or all names written anew otherwise. Nothing for a source without a header, unless `headerRecord` asks for one.
 *
 * @param headerText - the header record of the source with its newline, `''` where there is none
 * @throws PipelineConfigError `CONFIG_INVALID` when a name must be quoted and the dialect has no quote
 * @example
 * formatHeader('id,units\n', {
 *   source: ['id', 'units'],
 *   output: ['id', 'units', 'total'],
 *   dialect: { delimiter: ',', quote: '"', newline: 'lf' },
 * }); // 'id,units,total\n'
 */
export const formatHeader = (
  headerText: string,
  format: RowFormat & {
    readonly dialect: Pick<CsvDialect, 'newline'>;
    /** The header record has other names than `source`, so all are written anew. @default false */
    readonly renamed?: boolean;
  },
): string => {
  const { source, dialect, quoting = 'as-source', formulaGuard = false, headerRecord = headerText !== '' } = format;
  if (!headerRecord) return '';
  const target = outputDialect(dialect, format);
  const own = newlineOf(headerText, dialect);
  const newline = newlineText(format.newline ?? dialect.newline);
  const names = format.output.map(outputColumn).map(({ to }) => to);
  const field = createFieldFormatter(target, {
    quoting: quoting === 'always' ? 'always' : 'minimal',
    formulaGuard,
  });

  const stays =
    headerText !== '' &&
    format.renamed !== true &&
    quoting === 'as-source' &&
    sameDialect({ source: dialect, target, quoting, formulaGuard }) &&
    source.every((name, column) => names[column] === name) &&
    !(formulaGuard && names.some(isFormula));
  if (stays && names.length === source.length && (format.newline === undefined || newline === own)) return headerText;
  const content = headerText.slice(0, headerText.length - own.length);
  // A CR at the end would be taken for a part of the newline.
  const more = names.length > source.length;
  const kept =
    stays && (more ? !runsIntoDelimiter(content, target.delimiter) : !content.endsWith('\r')) ? [content] : [];
  const written = names
    .slice(kept.length === 0 ? 0 : source.length)
    .map((name, i) => field(name, kept.length + i === 0));
  const ends = format.newline === undefined && own !== '' ? own : newline;
  return [...kept, ...written].join(target.delimiter) + ends;
};
