import { parseRows } from '@pipeline/chunker';
import type { CsvRecord, Rows } from '@pipeline/core';
import { describe, expect, it } from 'vitest';
import { compileRule } from '../../src/index.ts';
import { previewRows } from '../../src/profile/index.ts';

const rowsOf = (text: string, columns = ['id', 'units']): Rows<CsvRecord> =>
  parseRows(
    (async function* () {
      yield Buffer.from(text);
    })(),
    { columns, dialect: { delimiter: ',', quote: '"' } },
  );
const rule = compileRule<{ id: string; units: number }>({
  required: ['id', 'units'],
  properties: {
    id: { type: 'string' },
    units: { type: 'integer' },
    note: { type: 'string', maxLength: 1, 'x-level': 'warning' },
  },
});

describe('a preview', () => {
  it('shows the first rows, typed, with what is wrong, broken ones in their places', async () => {
    const rows = await previewRows(rowsOf('1,5\n2\n3,x\n4,6\n'), { rule, rows: 3 });
    expect(rows).toMatchObject([
      { rowNumber: 1, byteOffset: 0, values: ['1', '5'], typed: { id: '1', units: 5 }, issues: [] },
      { rowNumber: 2, byteOffset: 4, issues: [{ code: 'ROW_FIELD_COUNT' }] },
      { rowNumber: 3, values: ['3', 'x'], issues: [{ rule: 'type', column: 'units' }] },
    ]);
    expect(rows[1]).not.toHaveProperty('typed');
  });

  it('without a rule shows texts; a row that passes has its warnings', async () => {
    expect(await previewRows(rowsOf('1,5\n'))).toMatchObject([{ typed: { id: '1', units: '5' }, issues: [] }]);
    const [row] = await previewRows(rowsOf('1,5,long\n', ['id', 'units', 'note']), { rule });
    expect(row).toMatchObject({ typed: { units: 5 }, issues: [{ rule: 'maxLength', severity: 'warning' }] });
  });

  it('of nothing is empty', async () => {
    expect(await previewRows(rowsOf(''), { rule })).toEqual([]);
  });

  it('refuses a header that does not fit, and a number of rows that is none', async () => {
    await expect(previewRows(rowsOf('1\n', ['id']), { rule })).rejects.toThrow('CSV_BAD_HEADER');
    await expect(previewRows(rowsOf('1,5\n'), { rows: 0 })).rejects.toThrow('CONFIG_INVALID');
  });
});
