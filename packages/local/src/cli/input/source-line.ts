import type { OpenedSource } from '@pipeline/chunker';
import { formatBytes, plural, printable } from '../progress/text.ts';
import { readAsLines } from '../results/read-as.ts';
import { otherDelimiter } from '../run/check-reference.ts';

/** What an input is, and how it was read where that is worth a line. */
export const sourceLines = (name: string, source: OpenedSource): readonly string[] => {
  const { columns, sizeBytes, dialect, strippedColumns } = source;
  const hint = source.detected === undefined ? otherDelimiter(columns, dialect.delimiter) : undefined;
  return [
    `${printable(name)}: ${plural(columns.length, 'column')}, ${formatBytes(sizeBytes)}`,
    ...readAsLines({ readAs: source }).map(printable),
    ...(strippedColumns === 0 ? [] : ['It is a mended rejects file: its __pipeline_* columns are taken off.']),
    ...(hint === undefined
      ? []
      : [
          `It has one column; if its delimiter is ${JSON.stringify(hint)}, say so with --delimiter or ask for --detect.`,
        ]),
  ];
};
