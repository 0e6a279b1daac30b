/** Code that checks all fields of a record, with the checks of columns as `c0`, `c1` …; columns without one are passed over. */
export const fieldsCode = (checked: readonly boolean[]): string => `(bytes, ends, at, field, failed) => {
  let s = 0, e = 0, count = 0;
  ${checked.map((isChecked, i) => (isChecked ? fieldCode(i, checked.length) : '')).join('\n  ')}
  return count;
}`;

const fieldCode = (column: number, columnCount: number): string => {
  const start = column === 0 ? 'at === 0 ? 0 : ends[at - 1] + 1' : `ends[at + ${column - 1}] + 1`;
  // The CR of a CRLF is not of the field, if it stands in it.
  const cr = column === columnCount - 1 ? ' if (bytes[e] === 10 && e > s && bytes[e - 1] === 13) e--;' : '';
  return `s = ${start}; e = ends[at + ${column}];${cr} if (!c${column}(bytes, s, e, field)) failed[count++] = ${column};`;
};

/**
 * Code that makes typed rows, with the readers of columns as `r0`, `r1` …: by one literal where every field has a value, which
 * is several times as fast as setting properties one by one, and rows of one shape are read fast by whoever gets them.
 */
export const rowCode = (columns: readonly string[]): string => {
  if (columns.length === 0) return '() => ({})';
  const keys = columns.map((name) => JSON.stringify(name));
  const values = keys.map((key, i) => `v${i} = r${i}(record[${key}])`).join(', ');
  const complete = keys.map((_, i) => `v${i} !== undefined`).join(' && ');
  const one = keys.map((key, i) => `if (v${i} !== undefined) row[${key}] = v${i};`).join('\n  ');
  return `(record) => {
  const ${values};
  if (${complete}) return { ${keys.map((key, i) => `${key}: v${i}`).join(', ')} };
  const row = {};
  ${one}
  return row;
}`;
};
