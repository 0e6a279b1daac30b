import { gzipSync, zstdCompressSync } from 'node:zlib';
import { memoryStore } from '@pipeline/core/memory';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compositeKey, type JsonLinesLookupOptions, jsonLinesLookup, LookupKeyError } from '../src/index.ts';
import { virtualRun } from './helpers.ts';

const source = { bucket: 'reference', key: 'prices.jsonl' };

const lookupOf = async <V = unknown>(text: string | Uint8Array, options: Partial<JsonLinesLookupOptions<V>> = {}) => {
  const store = memoryStore();
  await store.write(source, Buffer.from(text));
  return jsonLinesLookup<V>({ name: 'prices', store, source, keyField: 'id', ...options });
};

const load = async (
  text: string | Uint8Array,
  keys: readonly string[],
  options: Partial<JsonLinesLookupOptions<unknown>> = {},
) => new Map(await (await lookupOf(text, options)).loadMany(keys, virtualRun()));

describe('a JSON Lines look-up', () => {
  test('finds objects by a text or a number, whatever the ends of lines', async () => {
    const text = '\ufeff{"id":"a","n":1}\r\n\n{"id":7,"deep":{"x":[null]}}';
    expect(await load(text, ['a', '7', 'b'])).toEqual(
      new Map<string, unknown>([
        ['a', { id: 'a', n: 1 }],
        ['7', { id: 7, deep: { x: [null] } }],
      ]),
    );
  });

  test('keeps only the fields that were asked for, and hands them to decode', async () => {
    const text = '{"id":"a","price":"1.10","secret":"x"}\n{"id":"b"}\n';
    const found = await load(text, ['a', 'b'], {
      fields: ['price'],
      decode: (entry) => {
        if (entry.price === undefined) throw new TypeError('no price');
        return entry;
      },
    });
    expect(found.get('a')).toEqual({ price: '1.10' });
    expect((found.get('b') as LookupKeyError).reason).toBe('decode threw TypeError');
    expect(LookupKeyError.is(found.get('b'))).toBe(true);
  });

  test('tells a field that is null from one that is not there', async () => {
    const text = '{"id":"a","x":null,"y":""}\n{"id":"b","y":[1]}\n';
    expect([...(await load(text, ['a', 'b'], { fields: ['x', 'y'] })).values()]).toEqual([
      { x: null, y: '' },
      { y: [1] },
    ]);
    expect([...(await load(text, ['a'], { fields: [] })).values()]).toEqual([{}]);
  });

  test('joins several fields to a key', async () => {
    const text = '{"shop":"berlin","article":7,"price":1}\n{"shop":"bonn","article":"7","price":2}\n';
    const found = await load(text, [compositeKey('berlin', 7), compositeKey('bonn', '7')], {
      keyField: ['shop', 'article'],
      fields: ['price'],
    });
    expect([...found.values()]).toEqual([{ price: 1 }, { price: 2 }]);
  });

  test.each<[string | Uint8Array, string]>([
    ['{"id":"a"}\nsecret', 'has no JSON object on line 2'],
    ['[1]', 'has no JSON object on line 1'],
    ['{"id":null}', 'has no key that is a text or a number on line 1'],
    ['{"name":"a"}', 'has no key that is a text or a number on line 1'],
    ['{"id":"a"}\n{"id":"a"}', 'has the key of line 2 on an earlier one too'],
    [gzipSync('{"id":"a"}'), 'is packed with gzip; reference files are read unpacked'],
    [zstdCompressSync('{"id":"a"}'), 'is packed with zstd; reference files are read unpacked'],
    [`{"id":"${'x'.repeat(1024 * 1024)}"}`, 'has more than 1048576 bytes on line 1'],
  ])('refuses a file that cannot be trusted, and tells no content (%#)', async (text, reason) => {
    const error: unknown = await load(text, ['a']).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'LOOKUP_REFUSED' });
    expect(String(error)).toContain(reason);
    expect(String(error)).not.toContain('secret');
  });

  test.each([
    ['first', 1],
    ['last', 2],
  ] as const)('takes the %s of doubled keys where that is allowed', async (onDuplicateKey, n) => {
    const found = await load('{"id":"a","n":1}\n{"id":"a","n":2}\n', ['a'], { onDuplicateKey, fields: ['n'] });
    expect(found.get('a')).toEqual({ n });
  });

  test('of an empty file has no entries', async () => {
    expect((await load('', ['a'])).size).toBe(0);
  });

  test('gives back every object that was written', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(
          fc.record({ id: fc.string({ unit: 'binary' }), value: fc.jsonValue({ noUnicodeString: false }) }),
          {
            selector: ({ id }) => id,
          },
        ),
        async (entries) => {
          const plain = entries.map((entry) => JSON.stringify(entry)).filter((line) => !/__proto__|\\u/.test(line));
          const expected = plain.map((line) => JSON.parse(line) as { id: string });
          const found = await load(
            plain.join('\n'),
            expected.map(({ id }) => id),
          );
          expect([...found.values()]).toEqual(expected);
        },
      ),
    );
  });
});
