import { describe, expect, test } from 'vitest';
import { planSampled, type SampledChunk } from '../../src/index.ts';
import { comma } from '../helpers.ts';

const rowsOf = (count: number): string => Array.from({ length: count }, (_, n) => `${n},name ${n % 97}\n`).join('');
const header = 'id,name\n';

interface Planned {
  readonly chunks: readonly SampledChunk[];
  /** Ranges that were read, in the order in which they were asked for. */
  readonly reads: readonly (readonly [start: number, end: number])[];
  readonly mostAtOnce: number;
}

const planOf = async (bytes: Buffer, more: Partial<Parameters<typeof planSampled>[1]> = {}): Promise<Planned> => {
  const chunks: SampledChunk[] = [];
  const reads: [number, number][] = [];
  let [open, mostAtOnce] = [0, 0];
  const read = async (start: number, end: number): Promise<Uint8Array> => {
    reads.push([start, end]);
    mostAtOnce = Math.max(mostAtOnce, ++open);
    await new Promise((resolve) => setImmediate(resolve));
    open--;
    return bytes.subarray(start, end);
  };
  const options = { dialect: comma, fields: 2, gridStart: header.length, sourceEnd: bytes.length, ...more };
  for await (const chunk of planSampled(read, options)) chunks.push(chunk);
  return { chunks, reads, mostAtOnce };
};

/** Where the first record begins at or behind each line of the grid, in text without quotes. */
const bordersOf = (text: string, gridStart: number, step: number, unit = 1): readonly number[] => {
  const borders: number[] = [];
  for (let near = gridStart + step; near < text.length * unit; near += step) {
    const border = (text.indexOf('\n', Math.ceil(near / unit) - 1) + 1) * unit;
    if (border > (borders.at(-1) ?? gridStart) && border < text.length * unit) borders.push(border);
  }
  return borders;
};
const chunksAt = (start: number, borders: readonly number[], end: number): readonly SampledChunk[] =>
  [start, ...borders].map((from, index) => ({ start: from, end: borders[index] ?? end }));

describe('a plan from samples', () => {
  test.each([100, 101, 250, 1000, 5000])(
    'begins a chunk with the first record of each cell of %d bytes',
    async (chunkBytes) => {
      const text = header + rowsOf(700);
      const step = chunkBytes - Math.floor(chunkBytes / 32);
      const { chunks } = await planOf(Buffer.from(text), { chunkBytes });
      expect(chunks).toEqual(chunksAt(header.length, bordersOf(text, header.length, step), text.length));
    },
  );

  test.each([3, 7, 40])('of %d chunks counts on the bytes behind the header', async (chunkCount) => {
    const text = header + rowsOf(500);
    const step = Math.ceil((text.length - header.length) / chunkCount);
    const { chunks } = await planOf(Buffer.from(text), { chunkCount });
    expect(chunks).toEqual(chunksAt(header.length, bordersOf(text, header.length, step), text.length));
  });

  test.each(['utf-16le', 'utf-16be'] as const)('lies on whole units of %s', async (encoding) => {
    const text = header + rowsOf(300);
    const bytes = Buffer.from(text, 'utf16le');
    if (encoding === 'utf-16be') bytes.swap16();
    const gridStart = header.length * 2;
    const { chunks, reads } = await planOf(bytes, { encoding, gridStart, chunkBytes: 333 });
    const step = 333 - 10 - 1; // an even one
    expect(chunks).toEqual(chunksAt(gridStart, bordersOf(text, gridStart, step, 2), bytes.length));
    expect(reads[0]).toEqual([gridStart + step - 2, Math.min(bytes.length, gridStart + step + 4096)]);
  });

  test('has cells of one unit at least', async () => {
    const text = 'a\nb\nc\n';
    const options = { encoding: 'utf-16le', gridStart: 0, fields: 1, chunkBytes: 1 } as const;
    const { chunks } = await planOf(Buffer.from(text, 'utf16le'), options);
    expect(chunks).toEqual([0, 4, 8].map((start) => ({ start, end: start + 4 })));
  });

  test('goes on from any of its chunks, on the same grid', async () => {
    const text = header + rowsOf(700);
    const whole = await planOf(Buffer.from(text), { chunkBytes: 300 });
    for (const from of [1, 2, 9]) {
      const { start } = whole.chunks[from]!;
      const { chunks, reads } = await planOf(Buffer.from(text), { chunkBytes: 300, start });
      expect(chunks).toEqual(whole.chunks.slice(from));
      expect(reads[0]![0]).toBeGreaterThanOrEqual(start);
    }
  });

  test('has no chunk for cells in which no record begins, and none behind the last record', async () => {
    const text = `${header}1,${'x'.repeat(500)}\n2,y\n3,z\n`;
    const { chunks } = await planOf(Buffer.from(text), { chunkBytes: 64 });
    const second = text.indexOf('2,y');
    expect(chunks[0]).toEqual({ start: header.length, end: second });
    expect(chunks.at(-1)!.end).toBe(text.length);
    expect(chunks.every(({ start, end }) => end > start)).toBe(true);
  });

  test('of one cell reads nothing, and of nothing is none', async () => {
    const one = Buffer.from(`${header}1,a\n`);
    expect(await planOf(one, { chunkBytes: 1000 })).toMatchObject({
      ...{ chunks: [{ start: header.length, end: one.length }], reads: [] },
    });
    const none = Buffer.from(header);
    expect(await planOf(none, { chunkBytes: 1000 })).toMatchObject({ chunks: [], reads: [] });
  });

  test('takes a last record without a newline as it is', async () => {
    const text = `${header}1,a\n2,b`;
    const { chunks } = await planOf(Buffer.from(text), { chunkBytes: 4 });
    expect(chunks).toEqual(chunksAt(header.length, [header.length + 4], text.length));
  });
});

describe('a sample', () => {
  const long = `"${'x\n'.repeat(40_000)}"`;

  test('is of four kilobytes where that is sure, from the byte before the border', async () => {
    const text = header + rowsOf(5000);
    const { reads } = await planOf(Buffer.from(text), { chunkBytes: 20_000 });
    const step = 20_000 - 625;
    expect(reads).toEqual(
      reads.map((_, index) => {
        const near = header.length + (index + 1) * step;
        return [near - 1, Math.min(text.length, near + 4096)];
      }),
    );
    expect(reads.length).toBeGreaterThan(2);
  });

  test('grows twice where it is not, and no further', async () => {
    const text = `${header}1,${long}\n${rowsOf(3000)}`;
    const { reads } = await planOf(Buffer.from(text), { chunkCount: 8, concurrency: 1 });
    const near = header.length + Math.ceil((text.length - header.length) / 8);
    expect(reads.slice(0, 3)).toEqual([4, 16, 64].map((kib) => [near - 1, near + kib * 1024]));
    expect(reads[3]![0]).toBe(near + Math.ceil((text.length - header.length) / 8) - 1);
  });

  test('ends with the source', async () => {
    const text = `${header}1,"${'x'.repeat(3000)}`;
    const { reads, chunks } = await planOf(Buffer.from(text), { chunkCount: 2 });
    expect(reads).toEqual([[expect.any(Number), text.length]]);
    expect(chunks).toEqual([{ start: header.length, end: text.length }]);
  });

  test('is read beside others, so many at once, not far ahead of what was asked for', async () => {
    const bytes = Buffer.from(header + rowsOf(3000));
    expect((await planOf(bytes, { chunkBytes: 200 })).mostAtOnce).toBe(16);
    expect((await planOf(bytes, { chunkBytes: 200, concurrency: 3 })).mostAtOnce).toBe(3);
    const reads: number[] = [];
    const read = async (start: number, end: number) => {
      reads.push(start);
      return bytes.subarray(start, end);
    };
    const options = { dialect: comma, fields: 2, gridStart: 8, sourceEnd: bytes.length, chunkBytes: 200 };
    const chunks = planSampled(read, { ...options, concurrency: 3 });
    await chunks.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(reads).toHaveLength(6);
    await chunks.return(undefined);
  });

  test('that cannot be read fails the plan when its turn comes', async () => {
    const bytes = Buffer.from(header + rowsOf(700));
    const chunks: SampledChunk[] = [];
    const plan = async (): Promise<void> => {
      const read = async (start: number, end: number) => {
        if (start > 1500) throw new Error('gone');
        return bytes.subarray(start, end);
      };
      const options = { dialect: comma, fields: 2, gridStart: 8, sourceEnd: bytes.length, chunkBytes: 500 };
      for await (const chunk of planSampled(read, options)) chunks.push(chunk);
    };
    await expect(plan()).rejects.toThrow('gone');
    expect(chunks).toHaveLength(3);
  });
});

test('rows are not counted', async () => {
  await expect(planOf(Buffer.from(header), { chunkRows: 10 })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    details: {
      ...{ option: 'plan', got: "'sampled'" },
      expected: "'sequential' for chunks by rows, which sampling does not count",
    },
  });
});
