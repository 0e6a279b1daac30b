import type { BatchReport, CsvDialect, DetectedCsv, RenamedColumn } from '@pipeline/core';

const newlines: Readonly<Record<CsvDialect['newline'], string>> = { lf: 'LF', crlf: 'CRLF', cr: 'CR' };

const shown = (character: string): string => (character === '\t' ? 'tab' : character === ' ' ? 'space' : character);

/**
 * How the input was read, where that was detected or is not what a reader expects; what was unpacked; and that a plan was
 * made a second time.
 *
 * @example
 * for (const line of readAsLines(report)) console.log(line); // 'Read as windows-1252, delimiter ;, quote ", LF, …'
 */
export const readAsLines = ({ readAs, plan }: Pick<BatchReport, 'readAs' | 'plan'>): readonly string[] => [
  ...(readAs === undefined ? [] : formLine(readAs)),
  ...renamedLine(readAs?.renamed ?? []),
  ...((plan?.number ?? 1) > 1 ? ['Samples had misled: chunks were planned again by a full scan.'] : []),
];

const formLine = (readAs: NonNullable<BatchReport['readAs']>): readonly string[] => {
  const { dialect, encoding = 'utf-8', compression, detected, skippedLines = 0, reader } = readAs;
  if (detected === undefined && encoding === 'utf-8' && compression === undefined && reader !== 'csv-parse') return [];
  const { delimiter, quote, escape: mark = quote, comment, newline } = dialect;
  const facts = [
    encoding.toUpperCase(),
    `delimiter ${shown(delimiter)}`,
    quote === '' ? 'no quotes' : `quote ${quote}`,
    ...(mark === quote ? [] : [`escape ${mark}`]),
    ...(comment === undefined ? [] : [`comments after ${comment}`]),
    newlines[newline],
    ...(skippedLines === 0 ? [] : [`${skippedLines} ${skippedLines === 1 ? 'line' : 'lines'} skipped`]),
    ...(detected === undefined ? [] : [detected.header ? 'header in the first record' : 'no header']),
    ...(reader === 'csv-parse' ? ['by csv-parse'] : []),
  ];
  const sure = detected === undefined ? '' : ` (detected, ${howSure(detected.confidence)})`;
  const packed = compression === undefined ? '' : `, unpacked from ${compression}`;
  return [`Read as ${facts.join(', ')}${packed}${sure}.`];
};

const renamedLine = (renamed: readonly RenamedColumn[]): readonly string[] =>
  renamed.length === 0
    ? []
    : [`Columns by their aliases: ${renamed.map(({ from, to }) => `${JSON.stringify(from)} is ${to}`).join(', ')}.`];

/** What detection was least sure of says how sure all of it is; newlines and what was not found change nothing. */
const howSure = ({ encoding, delimiter, quote, header }: DetectedCsv['confidence']): string =>
  `at least ${Math.floor(Math.min(encoding, delimiter, quote, header) * 100)} % sure`;
