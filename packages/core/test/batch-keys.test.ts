import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchIdOf, batchKeys, canonicalJson, fileNameOf, type ObjectRef } from '../src/index.ts';

const identity = { bucket: 'inbox', key: 'orders.csv', versionId: 'v1', config: { chunkBytes: 1 } };

describe('batchIdOf', () => {
  test('the same upload under the same settings has the same id', () => {
    expect(batchIdOf(identity)).toMatch(/^[0-9a-f]{32}$/);
    expect(batchIdOf({ ...identity })).toBe(batchIdOf(identity));
    expect(batchIdOf({ config: { b: 2, a: 1 }, key: 'k', bucket: 'b' })).toBe(
      batchIdOf({ bucket: 'b', key: 'k', config: { a: 1, b: 2 } }),
    );
  });

  test('whatever makes another batch makes another id', () => {
    const others = [
      { ...identity, bucket: 'inbox2' },
      { ...identity, key: 'orders2.csv' },
      { ...identity, versionId: 'v2' },
      { ...identity, config: { chunkBytes: 2 } },
      { bucket: 'inbox', key: 'orders.csv', etag: '"e"', sequencer: '01' },
      { bucket: 'inbox', key: 'orders.csv', etag: '"e"', sequencer: '02' },
      { bucket: 'inbox', key: 'orders.csv', etag: '"f"', sequencer: '01' },
      { bucket: 'inbox', key: 'orders.csv' },
      { bucket: 'inbox/orders', key: 'csv' },
    ];
    expect(new Set([identity, ...others].map(batchIdOf)).size).toBe(others.length + 1);
  });

  test('a version outweighs etag and sequencer, which differ between events and head', () => {
    expect(batchIdOf({ ...identity, etag: '"e"', sequencer: '01' })).toBe(batchIdOf(identity));
  });
});

describe('canonicalJson', () => {
  const shuffled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shuffled);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([name, inner]) => [name, shuffled(inner)]),
    );
  };

  test('does not depend on the order of keys, at any depth, and stays the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(shuffled(value))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 200 },
    );
  });

  test('keeps the order of lists', () => {
    expect(canonicalJson([2, 1])).not.toBe(canonicalJson([1, 2]));
  });
});

describe('batchKeys', () => {
  const work = { bucket: 'work', prefix: 'batches/' };
  const all = (keys: ReturnType<typeof batchKeys>): ObjectRef[] => [
    keys.manifest,
    keys.chunks,
    keys.resolved,
    keys.planSegment('0000000.a1'),
    keys.toProcess(0),
    keys.result(0),
    keys.result(1),
    keys.processed(0, 'a'),
    keys.processed(0, 'b'),
    keys.rejectsPart(0, 'a'),
    keys.sidecarPart(0, 'a', 'x/y'),
    keys.sidecarPart(0, 'a', 'x'),
    keys.sidecarPart(1, 'a', 'x'),
    keys.repeats('0.0.a'),
    keys.amendment(1),
    keys.amendment(2),
    keys.amendedChunks(1, 'a'),
    keys.amendedChunks(1, 'b'),
    keys.amendedResult(1, 'a', 0),
    keys.amendedResult(1, 'a', 1),
    keys.amendedResult(2, 'a', 0),
    keys.replayed(1, 'a'),
    keys.replayed(2, 'a'),
    keys.mail('success'),
    keys.mail('failure'),
    keys.output(1, 'orders.csv'),
    keys.output(2, 'orders.csv'),
    keys.rejects(1),
    keys.report(1),
  ];

  test('every key is its own and stands below the prefix of the batch', () => {
    const refs = all(batchKeys('b1', { work }));
    expect(new Set(refs.map(({ key }) => key)).size).toBe(refs.length);
    for (const ref of refs) {
      expect(ref.bucket).toBe('work');
      expect(ref.key.startsWith('batches/b1/')).toBe(true);
    }
  });

  test('indexes are padded, so that people see a million chunks in order', () => {
    const { result } = batchKeys('b1', { work });
    const keys = [0, 9, 10, 99, 100_000, 1_000_000].map((index) => result(index).key);
    expect([...keys].sort()).toEqual(keys);
  });

  test('output and rejects go where they are told to, the rest stays', () => {
    const keys = batchKeys('b1', {
      work,
      output: { bucket: 'out', prefix: '' },
      rejects: { bucket: 'bad', prefix: 'r/' },
    });
    expect(keys.output(1, 'x.csv')).toEqual({ bucket: 'out', key: 'b1/output/r1/x.csv' });
    expect(keys.report(1).bucket).toBe('out');
    expect(keys.rejects(1)).toEqual({ bucket: 'bad', key: 'r/b1/output/r1/rejects.csv' });
    expect(keys.result(0).bucket).toBe('work');
    expect(batchKeys('b1', { work, output: { bucket: 'out', prefix: '' } }).rejects(1).bucket).toBe('out');
  });

  test('the file name is what stands behind the last slash', () => {
    expect(fileNameOf('input/2026/orders.csv')).toBe('orders.csv');
    expect(fileNameOf('orders.csv')).toBe('orders.csv');
  });
});
