import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { faultOf, orderFile, tableKeys, uuidOf } from '../sample/generate.ts';

describe('the sample', () => {
  it('is what the generator makes: 10,000 rows, byte for byte', async () => {
    const checkedIn = await readFile(new URL('../sample/orders.csv', import.meta.url), 'utf8');
    expect(checkedIn === [...orderFile(10_000)].join('')).toBe(true);
    expect(checkedIn.split('\r\n')).toHaveLength(10_001);
  });

  it('has a key of its own in every row and about one row in a hundred wrong, in nine ways', () => {
    expect(new Set(Array.from({ length: tableKeys }, (_, index) => uuidOf(index))).size).toBe(tableKeys);
    const faulty = Array.from({ length: 10_000 }, (_, index) => faultOf(index + 1)).filter(Boolean);
    expect(faulty.length / 10_000).toBeCloseTo(0.01, 2);
    expect(new Set(faulty).size).toBe(9);
  });
});
