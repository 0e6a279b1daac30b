import type { CellKind } from './cell-kind.ts';

export interface HeaderCell {
  readonly text: string;
  readonly kind: CellKind;
}

const typedKinds: ReadonlySet<CellKind> = new Set(['number', 'date', 'time', 'boolean', 'token']);
const year = /^(?:19|20)\d\d$/;

/** A year above values that are no years. Beside another year it is surer still. */
const voteOfYear = (body: readonly HeaderCell[], beside: HeaderCell | undefined): number | undefined => {
  const years = body.filter((cell) => year.test(cell.text)).length;
  if (years > 0.1 * body.length) return undefined;
  return beside !== undefined && year.test(beside.text) ? 0.5 : 0.2;
};

/** A column of text: does its first cell differ from the others in ways that names do? */
const voteOfText = (name: string, values: readonly string[]): number => {
  if (values.includes(name)) return -0.6;
  if (values.length < 3) return 0;
  let vote = 0;
  const length = values[0]!.length;
  if (new Set(values).size <= values.length / 2) vote += 0.5;
  if (name.length !== length && values.every((value) => value.length === length)) vote += 0.5;
  if (!/\d/.test(name) && values.every((value) => /\d/.test(value))) vote += 0.5;
  if (/\w_\w/.test(name) && !values.some((value) => value.includes('_'))) vote += 0.5;
  return vote;
};

/** A column of numbers, dates and the like. `A1` is a name above numbers, and a value above others of its kind. */
const voteOfTyped = (name: HeaderCell, filled: readonly HeaderCell[]): number => {
  const same = filled.filter((cell) => cell.kind === name.kind).length / filled.length;
  if (!typedKinds.has(name.kind) || (name.kind === 'token' && same < 0.2)) return 1;
  return (name.kind === 'number' ? -2 : -1) * same;
};

/**
 * What one column says about its first cell being a name: 1 for a name above numbers or dates, -2 for a number above
 * numbers, -1 for a date above dates, at most 2 for text that differs from the text below it. Without rows below only
 * numbers and dates speak, against a name.
 *
 * @param beside - the first cell of a neighbouring column
 */
export const headerVote = (name: HeaderCell, body: readonly HeaderCell[], beside: HeaderCell | undefined): number => {
  if (name.kind === 'empty') return 0;
  const isTyped = typedKinds.has(name.kind);
  const filled = body.filter((cell) => cell.kind !== 'empty');
  if (filled.length === 0) return body.length === 0 && isTyped ? -1 : 0;
  const asYear = year.test(name.text) ? voteOfYear(filled, beside) : undefined;
  if (asYear !== undefined) return asYear;
  const typed = filled.filter((cell) => typedKinds.has(cell.kind)).length;
  if (typed >= 0.8 * filled.length) return voteOfTyped(name, filled);
  if (isTyped && name.kind !== 'boolean') return -0.5;
  return voteOfText(
    name.text,
    filled.map((cell) => cell.text),
  );
};
