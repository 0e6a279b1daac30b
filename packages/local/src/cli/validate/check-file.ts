import { rejectLineOf } from '@pipeline/chunker';
import { issueKey, type RowIssue, type RowReject, type RunContext } from '@pipeline/core';
import { formatReject, rejectsHeader } from '@pipeline/merge';
import { type RowRule, validate } from '@pipeline/validate';
import type { Input } from '../input/open-input.ts';

/** A row in which an issue was found. */
export interface Example {
  readonly rowNumber: number;
  readonly byteOffset: number;
  readonly message: string;
  readonly hint?: string;
  readonly value?: string;
}

/** One kind of issue. */
export interface FoundIssue {
  readonly code: string;
  readonly rule: string;
  readonly column?: string;
  readonly severity: RowIssue['severity'];
  /** Rows in which it was found. */
  readonly rows: number;
  /** The first ones; none of a warning, which is only counted. */
  readonly examples: readonly Example[];
}

/** What a file is like under a rule. */
export interface Findings {
  readonly rowsRead: number;
  readonly rowsPassed: number;
  readonly rowsRejected: number;
  /** Most frequent first. */
  readonly issues: readonly FoundIssue[];
}

const mostExamples = 3;

/**
 * Holds the rows of an input against a rule: `rejected` does the work and gives the rows that fail as a `rejects.csv`, piece by
 * piece; `findings` is complete when it has ended.
 */
export const checkFile = (
  input: Input,
  rule: RowRule<unknown>,
  { run, showValues }: { readonly run: RunContext; readonly showValues: boolean },
) => {
  const { source } = input;
  const found = new Map<string, { first: RowIssue; rows: number; examples: Example[] }>();
  let rowsPassed = 0;
  let rowsRejected = 0;

  const count = ({ rowNumber, byteOffset, issues }: RowReject): void => {
    const seen = new Set<string>();
    for (const issue of issues) {
      const key = `${issue.severity} ${issueKey(issue)}`;
      const known = found.get(key) ?? { first: issue, rows: 0, examples: [] };
      found.set(key, known);
      if (seen.has(key)) continue;
      seen.add(key);
      known.rows++;
      if (known.examples.length >= mostExamples) continue;
      const value = showValues && issue.value !== undefined ? { value: issue.value } : {};
      const hint = issue.hint === undefined ? {} : { hint: issue.hint };
      known.examples.push({ rowNumber, byteOffset, message: issue.message, ...hint, ...value });
    }
  };

  return {
    async *rejected(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(rejectsHeader(source));
      for await (const batch of validate(rule)(input.rows(), run)) {
        rowsPassed += batch.positions.length;
        rowsRejected += batch.rejects.length;
        for (const [key, rows] of Object.entries(batch.warnings)) countWarning(found, key, rows);
        const lines: Uint8Array[] = [];
        for (const reject of [...batch.rejects].sort((a, b) => a.rowNumber - b.rowNumber)) {
          count(reject);
          lines.push(formatReject(rejectLineOf(reject), source, ''));
        }
        if (lines.length > 0) yield Buffer.concat(lines);
      }
    },
    findings: (): Findings => ({
      rowsRead: rowsPassed + rowsRejected,
      rowsPassed,
      rowsRejected,
      issues: [...found.values()]
        .map(({ first: { code, rule: name, column, severity }, rows, examples }) => ({
          code,
          rule: name,
          ...(column === undefined ? {} : { column }),
          severity,
          rows,
          examples,
        }))
        .sort((a, b) => b.rows - a.rows),
    }),
  };
};

/** Warnings on rows that pass are counted by key, see `issueKey`. */
const countWarning = (
  found: Map<string, { first: RowIssue; rows: number; examples: Example[] }>,
  key: string,
  rows: number,
): void => {
  const [code = '', rule = '', ...column] = key.split('|');
  const name = column.join('|');
  const first = { code, rule, ...(name === '' ? {} : { column: name }), message: '', severity: 'warning' } as RowIssue;
  const known = found.get(`warning ${key}`) ?? { first, rows: 0, examples: [] };
  known.rows += rows;
  found.set(`warning ${key}`, known);
};
