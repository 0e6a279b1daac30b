import { kindOf } from './call-name.ts';
import type { Outcome } from './sweep.ts';
import { ways } from './ways.ts';

/** Passed and all runs, by operation and way: `14`, or `12/14` where two failed. */
export const tableOf = (outcomes: readonly Outcome[]): string => {
  const cell = (some: readonly Outcome[]): string => {
    const passed = some.filter(({ violations }) => violations.length === 0).length;
    return some.length === 0 ? '–' : passed === some.length ? String(passed) : `${passed}/${some.length}`;
  };
  const kinds = [...new Set(outcomes.map(({ call }) => kindOf(call)))].sort();
  const rows = [
    ['', ...ways, 'all'],
    ...kinds.map((kind) => {
      const ofKind = outcomes.filter(({ call }) => kindOf(call) === kind);
      return [kind, ...ways.map((way) => cell(ofKind.filter((one) => one.way === way))), cell(ofKind)];
    }),
    ['all', ...ways.map((way) => cell(outcomes.filter((one) => one.way === way))), cell(outcomes)],
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row.map((text, column) => (column === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[column]!))).join('  '),
    )
    .join('\n');
};
