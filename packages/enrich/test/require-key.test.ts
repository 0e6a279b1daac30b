import { type CsvRecord, compose } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { createLookup, LookupKeyError, requireKey } from '../src/index.ts';
import { batchOf, collect, virtualRun } from './helpers.ts';

const rowsOf = async function* (...countries: string[]) {
  yield batchOf(countries.map((country, index) => ({ id: String(index + 1), country })));
};

const known = (asked: string[][] = []) =>
  createLookup<string, true | LookupKeyError>({
    name: 'countries',
    load: async (keys) => {
      asked.push([...keys]);
      return new Map<string, true | LookupKeyError>([
        ['DE', true],
        ['FR', true],
        ['XX', new LookupKeyError('the entry is locked')],
      ]);
    },
  });

const options = {
  key: (row: CsvRecord) => row.country || undefined,
  column: 'country',
  rule: 'knownCountry',
};

describe('a column whose values must exist', () => {
  test('lets rows with an entry pass as they are, and those without a value', async () => {
    const stage = requireKey(known(), options);
    const [batch] = await collect(stage(rowsOf('DE', '', 'FR'), virtualRun()));
    expect(batch!.rows.map(({ id }) => id)).toEqual(['1', '2', '3']);
    expect(batch!.assigned.filter((values) => values !== undefined)).toEqual([]);
    expect(compose(stage, stage).columns!(['id', 'country'])).toEqual(['id', 'country']);
  });

  test('rejects the others with rule, column and value', async () => {
    const [batch] = await collect(requireKey(known(), options)(rowsOf('DE', 'ZZ', 'XX'), virtualRun()));
    expect(batch!.positions).toEqual([0]);
    expect(batch!.rejects).toMatchObject([
      {
        rowNumber: 2,
        issues: [
          {
            code: 'LOOKUP_MISSING',
            rule: 'knownCountry',
            column: 'country',
            value: 'ZZ',
            message: 'has no entry in countries',
            severity: 'error',
          },
        ],
      },
      { rowNumber: 3, issues: [{ code: 'LOOKUP_KEY_FAILED', rule: 'knownCountry', column: 'country' }] },
    ]);
  });

  test('asks once for a batch, each key once', async () => {
    const asked: string[][] = [];
    await collect(requireKey(known(asked), options)(rowsOf('DE', 'DE', 'FR', 'DE'), virtualRun()));
    expect(asked).toEqual([['DE', 'FR']]);
  });

  test('rejects a row on which the key throws, with the name of the error alone', async () => {
    const key = (row: CsvRecord): string => {
      throw new RangeError(row.country);
    };
    const [batch] = await collect(requireKey(known(), { key })(rowsOf('SECRET'), virtualRun()));
    expect(batch!.rejects).toMatchObject([{ issues: [{ code: 'RULE_THREW', rule: 'countries' }] }]);
    expect(batch!.rejects[0]!.issues[0]!.message).not.toContain('SECRET');
  });

  test('refuses options that make no sense', () => {
    expect(() => requireKey(known(), { ...options, rule: '' })).toThrow(/CONFIG_INVALID.*rule/);
    expect(() => requireKey(known(), { key: 'country' as never })).toThrow(/CONFIG_INVALID.*key/);
  });
});
