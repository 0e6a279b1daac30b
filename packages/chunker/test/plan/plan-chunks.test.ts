import { countRecords, planChunks } from '@pipeline/chunker';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PlannedChunk } from '../../src/plan/chunk-cutter.ts';
import { sizes } from '../arbitraries.ts';
import { slicesOf } from '../helpers.ts';

const dialect = { delimiter: ',', quote: '"' } as const;

/** Puts the bytes into buffers piece by piece, at once or later. */
const blocksOf = (bytes: Buffer, pieces: readonly number[], later: boolean) => {
  let at = 0;
  let turn = 0;
  return (into: Uint8Array): number | Promise<number> => {
    const count = Math.min(pieces[turn++ % pieces.length]!, into.length, bytes.length - at);
    into.set(bytes.subarray(at, at + count));
    at += count;
    return later ? Promise.resolve(count) : count;
  };
};

const listOf = async (chunks: AsyncIterable<PlannedChunk>): Promise<readonly PlannedChunk[]> => {
  const list: PlannedChunk[] = [];
  for await (const chunk of chunks) list.push(chunk);
  return list;
};

const text = fc
  .array(fc.constantFrom('a', 'bc', ',', '\n', '\r\n', '"x\ny"', '"",'), { maxLength: 60, size: 'max' })
  .map((pieces) => Buffer.from(pieces.join('')));

describe('a file that is read into the planner’s own buffer', () => {
  test.each([
    ['at once', false],
    ['later', true],
  ] as const)('is planned like one that comes in pieces: %s', async (_, later) => {
    await fc.assert(
      fc.asyncProperty(text, sizes, fc.integer({ min: 1, max: 5 }), async (bytes, pieces, chunkRows) => {
        const options = { dialect, chunkRows };
        const whole = await listOf(planChunks(slicesOf(bytes, pieces), options)).catch(String);
        const blocks = pieces.map((size) => Math.max(1, size));
        expect(await listOf(planChunks(blocksOf(bytes, blocks, later), options)).catch(String)).toEqual(whole);
      }),
    );
  });

  test('gives chunks before it is read to its end', async () => {
    const bytes = Buffer.from('1,a\n'.repeat(400_000));
    let read = 0;
    const from = blocksOf(bytes, [100_000], false);
    const chunks = planChunks(
      (into) => {
        const count = from(into) as number;
        read += count;
        return count;
      },
      { dialect, chunkRows: 1000 },
    );
    const first = await chunks.next();
    expect(first.value).toEqual({ start: 0, end: 4000, firstRow: 1, rowCount: 1000 });
    expect(read).toBeLessThan(bytes.length);
    await chunks.return(undefined);
  });
});

describe('records are counted', () => {
  test.each([
    ['', 0],
    ['a', 1],
    ['a\n', 1],
    ['a\nb', 2],
    ['a,"x\ny"\n\nb\n', 3],
  ])('%j: %i', async (file, count) => {
    const bytes = Buffer.from(file);
    expect(await countRecords(slicesOf(bytes, [2]), { dialect })).toBe(count);
    expect(await countRecords(blocksOf(bytes, [3], true), { dialect })).toBe(count);
  });

  test('up to the cap of one, and no open quote', async () => {
    const limits = { maxRecordBytes: 10 };
    const counting = (file: string) => countRecords(slicesOf(Buffer.from(file), [5]), { dialect, limits } as never);
    await expect(counting('a\nb\n')).resolves.toBe(2);
    await expect(counting(`a\n${'b'.repeat(11)}\n`)).rejects.toMatchObject({ code: 'CSV_ROW_TOO_LARGE' });
    await expect(countRecords(slicesOf(Buffer.from('a\n"b\n'), [5]), { dialect })).rejects.toMatchObject({
      code: 'CSV_UNCLOSED_QUOTE',
    });
  });
});
