import { issueKey, PipelineConfigError, type RowIssue, type RowReject, type SidecarCollector } from '@pipeline/core';
import type { SidecarReducer } from './resolve.ts';

/** A rejected row that shows an issue. */
export interface IssueExample {
  /** 1-based data row in the source. */
  readonly row: number;
  /** Offset in the source of the record's first byte. */
  readonly offset: number;
  /** The offending value, or the beginning of the record where the whole row is wrong, cut to 80 characters; absent when hidden. */
  readonly value?: string;
  /** What the rule says; absent when values are hidden, since rules of your own may quote them. */
  readonly message?: string;
  /** What to do about it; absent as well when values are hidden. */
  readonly hint?: string;
}

/** `resolved.examples`: some rejected rows for each issue, the first ones of the file. */
export interface IssueExamples {
  /** By `issueKey`. */
  readonly issues: Readonly<Record<string, readonly IssueExample[]>>;
  /** Rows of the chunks so far, by which rows of a sampled plan find their number. */
  readonly rows: number;
}

/** What a chunk leaves: rows of a sampled plan count within their chunk. */
interface ChunkExamples {
  readonly sampled: boolean;
  readonly issues: Readonly<Record<string, readonly IssueExample[]>>;
}

/** How many examples are kept, and whether they show what stands in the file. */
export interface IssueExamplesOptions {
  /** Examples kept of each issue, from 1 to 20. @default 3 */
  readonly perIssue?: number;
  /** Whether examples hold row content. @default 'show' */
  readonly values?: 'show' | 'hide';
}

/** Issues that get examples at all: what keeps a chunk's result small, whatever its columns. */
const mostIssues = 100;
const mostCharacters = 80;

/**
 * Keeps the first examples of each issue, for `report.html`: the collector goes to the process handler, the reducer to the
 * resolve handler. Bounded: at most 100 issues, values cut to 80 characters.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 * @example
 * const examples = issueExamples({ perIssue: 3, values: 'show' });
 * await processChunk(chunk, stage, { store, locations, sidecars: [examples.collector] });
 * await resolve(manifest, { store, locations, reducers: [examples.reducer] });
 */
export const issueExamples = ({
  perIssue = 3,
  values = 'show',
}: IssueExamplesOptions = {}): {
  readonly collector: SidecarCollector<ChunkExamples>;
  readonly reducer: SidecarReducer<ChunkExamples, IssueExamples>;
} => {
  if (!Number.isInteger(perIssue) || perIssue < 1 || perIssue > 20)
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'perIssue',
      expected: 'a whole number from 1 to 20',
      got: perIssue,
    });
  if (values !== 'show' && values !== 'hide')
    throw new PipelineConfigError('CONFIG_INVALID', { option: 'values', expected: 'show or hide', got: values });
  const examplesOf = values === 'show' ? shownExample : hiddenExample;
  return {
    collector: {
      name: 'examples',
      start: ({ planMode }) => {
        const issues: Record<string, IssueExample[]> = {};
        let kinds = 0;
        return {
          add: ({ rejects }) => {
            for (const reject of rejects)
              for (const issue of reject.issues) {
                const key = issueKey(issue);
                const kept = issues[key];
                if (kept === undefined ? kinds === mostIssues : isFull(kept, reject, perIssue)) continue;
                if (kept !== undefined) kept.push(examplesOf(reject, issue));
                else {
                  issues[key] = [examplesOf(reject, issue)];
                  kinds++;
                }
              }
          },
          finish: () => ({ sampled: planMode === 'sampled', issues }),
        };
      },
    },
    reducer: {
      name: 'examples',
      initial: () => ({ issues: {}, rows: 0 }),
      add: (sum, chunk, { rowsRead }) => {
        const rowsBefore = chunk.sampled ? sum.rows : 0;
        const issues: Record<string, readonly IssueExample[]> = { ...sum.issues };
        let kinds = Object.keys(issues).length;
        for (const [key, found] of Object.entries(chunk.issues)) {
          const kept = issues[key] ?? [];
          if (kept.length === 0 && kinds === mostIssues) continue;
          if (kept.length === 0) kinds++;
          if (kept.length >= perIssue) continue;
          const numbered = found.map((example) => ({ ...example, row: example.row + rowsBefore }));
          issues[key] = [...kept, ...numbered].slice(0, perIssue);
        }
        return { issues, rows: sum.rows + rowsRead };
      },
    },
  };
};

/** A row that breaks a rule twice in one column is one example. */
const isFull = (kept: readonly IssueExample[], { byteOffset }: RowReject, perIssue: number): boolean =>
  kept.length >= perIssue || kept.at(-1)!.offset === byteOffset;

const hiddenExample = ({ rowNumber, byteOffset }: RowReject): IssueExample => ({ row: rowNumber, offset: byteOffset });

const shownExample = (reject: RowReject, { value, column, message, hint }: RowIssue): IssueExample => {
  const text = value ?? (column === undefined ? beginningOf(reject.raw) : undefined);
  return {
    ...hiddenExample(reject),
    ...(text === undefined ? {} : { value: cut(text) }),
    message: cut(message, 200),
    ...(hint === undefined ? {} : { hint: cut(hint, 200) }),
  };
};

/** A character has four bytes at most. */
const beginningOf = (raw: Uint8Array): string =>
  Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.byteLength, (mostCharacters + 1) * 4)).toString();

/** Whole characters only; what is left out is told by an ellipsis. */
const cut = (text: string, most = mostCharacters): string => {
  if (text.length <= most) return text;
  const characters = [...text.slice(0, most * 2)];
  return characters.length <= most && text.length <= most * 2 ? text : `${characters.slice(0, most - 1).join('')}…`;
};
