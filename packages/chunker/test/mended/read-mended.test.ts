import { memoryStore } from '@pipeline/core/memory';
import { describe, expect, test } from 'vitest';
import { type MendedRecord, type OpenMendedOptions, openMended, readMended } from '../../src/index.ts';

const object = { bucket: 'b', key: 'mended.csv' };

const read = async (
  text: string | Uint8Array,
  options: Partial<OpenMendedOptions> = {},
): Promise<MendedRecord[] | undefined> => {
  const store = memoryStore();
  await store.write(object, Buffer.from(text as string));
  const file = await openMended(object, { store, ...options });
  if (file === undefined) return undefined;
  const all: MendedRecord[] = [];
  for await (const record of readMended(file, { store })) all.push(record);
  return all;
};
const shown = (all: readonly MendedRecord[] | undefined) =>
  all?.map(({ values, reserved, issues }) => [
    values.join('|'),
    reserved.__pipeline_row,
    issues.map(({ code }) => code).join(),
  ]);

describe('a mended file', () => {
  test('has own and reserved fields, also where fields of a row are missing, too many or spoilt', async () => {
    const text = 'id,name,__pipeline_row,__pipeline_rules\n1,a,7,r\n2,8,r\n3,b,c,9,"r, s"\n"4"x,d,10,\n';
    expect(shown(await read(text))).toEqual([
      ['1|a', '7', ''],
      ['2', '8', 'ROW_FIELD_COUNT'],
      ['3|b|c', '9', 'ROW_FIELD_COUNT'],
      [expect.stringContaining('x|d'), '10', 'ROW_BAD_QUOTE'],
    ]);
  });

  test('a row without all reserved fields has none', async () => {
    const [record] = (await read('id,name,__pipeline_row,__pipeline_rules\n1,a\n'))!;
    expect(record!.reserved).toEqual({});
  });

  test('any other file is none', async () => {
    expect(await read('id,name\n1,a\n')).toBeUndefined();
    expect(await read('id\n1\n')).toBeUndefined();
  });

  test('is read in the dialect that it was written in, or that a spreadsheet saved it in', async () => {
    const tabs = 'id\tname\t__pipeline_row\n1\ta,b\t7\n';
    expect(shown(await read(tabs, { like: { delimiter: '\t' } }))).toEqual([['1|a,b', '7', '']]);
    expect(shown(await read(tabs))).toEqual([['1|a,b', '7', '']]);
    expect(shown(await read('\uFEFFid;name;__pipeline_row\r\n1;"a;b";7\r\n'))).toEqual([['1|a;b', '7', '']]);
    expect(await read(tabs, { dialect: { delimiter: ',' } })).toBeUndefined();
  });

  test('is read by csv-parse where its delimiter has several characters', async () => {
    const text = 'id::name::__pipeline_row\n1::a::7\n2::8\n';
    expect(shown(await read(text, { like: { delimiter: '::' } }))).toEqual([
      ['1|a', '7', ''],
      ['2', '8', 'ROW_FIELD_COUNT'],
    ]);
  });

  test('in another encoding it is text all the same', async () => {
    const text = Buffer.from('id,größe,__pipeline_row\n1,ü,7\n', 'latin1');
    expect(shown(await read(text, { encoding: 'windows-1252' }))).toEqual([['1|ü', '7', '']]);
  });

  test('without rows it has none', async () => {
    expect(await read('id,name,__pipeline_row\n')).toEqual([]);
  });

  test('warnings are told of their own record', async () => {
    const all = await read('id,name,__pipeline_row\n1,a"b,7\n2,c,8\n');
    expect(all!.map(({ warnings }) => warnings)).toEqual([{ 'ROW_STRAY_QUOTE|quotes|': 1 }, {}]);
  });
});
