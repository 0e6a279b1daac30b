/** Prints rows as a Markdown table: names and answers to the left, figures to the right. Columns without content are left out. */
export const printTable = (rows: readonly Readonly<Record<string, string>>[]): void => {
  const names = Object.keys(rows[0] ?? {}).filter((name) => name === '' || rows.some((row) => row[name] !== ''));
  const columns = names.map((name) => {
    const cells = [name, ...rows.map((row) => row[name]!)];
    const figures = cells.slice(1).every((cell) => /^[\d.,]*$/.test(cell));
    return { cells, figures, width: Math.max(3, ...cells.map((cell) => cell.length)) };
  });
  const line = (row: number): string =>
    columns
      .map(({ cells, figures, width }) => (figures ? cells[row]!.padStart(width) : cells[row]!.padEnd(width)))
      .join(' | ');
  const rule = columns
    .map(({ figures, width }) => (figures ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2)))
    .join('|');
  console.log(`| ${line(0)} |\n|${rule}|`);
  for (let row = 1; row <= rows.length; row++) console.log(`| ${line(row)} |`);
};
