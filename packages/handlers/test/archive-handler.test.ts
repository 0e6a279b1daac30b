import type { ObjectRef, ObjectStore } from '@pipeline/core';
import { type MemoryStore, memoryStore } from '@pipeline/core/memory';
import { beforeEach, describe, expect, test } from 'vitest';
import { createArchiveHandler, keptKey, oneBucket } from '../src/index.ts';
import { at, codeOf, context, errorOf, quiet, textOf } from './helpers.ts';

const locations = oneBucket('orders');
let store: MemoryStore;
let source: ObjectRef;
beforeEach(async () => {
  store = memoryStore();
  source = (await store.write(at('input/a/orders.csv'), Buffer.from('id\n1\n')))!;
});
const archive = (using: ObjectStore = store, ref = source) =>
  createArchiveHandler({ store: using, locations, log: quiet })({ batchId: 'b1', source: ref }, context());

describe('archive', () => {
  test('moves the original to its whole key and version', async () => {
    const { archived } = await archive();
    expect(archived).toEqual(at(`input_archive/input/a/orders.csv/${source.etag!.replaceAll('"', '')}`));
    expect(await textOf(store, archived)).toBe('id\n1\n');
    expect(store.keys()).toEqual([`orders/${archived.key}`]);
  });

  test('copies, verifies, then deletes, in that order and nothing else', async () => {
    const calls: string[] = [];
    const noting = {
      ...store,
      copy: (...args: Parameters<ObjectStore['copy']>) => {
        calls.push(`copy ${args[0].etag === source.etag} ${args[2]?.ifAbsent}`);
        return store.copy(...args);
      },
      head: (...args: Parameters<ObjectStore['head']>) => {
        calls.push(`head ${args[0].key.split('/')[0]}`);
        return store.head(...args);
      },
      deleteMany: (...args: Parameters<ObjectStore['deleteMany']>) => {
        calls.push(`delete ${JSON.stringify(args[0]) === JSON.stringify([source])}`);
        return store.deleteMany(...args);
      },
    };
    await archive(noting);
    expect(calls).toEqual(['head input', 'head input_archive', 'copy true true', 'head input_archive', 'delete true']);
  });

  test.each(['copy', 'deleteMany'] as const)(
    'goes on after a try whose %s was done and its answer lost',
    async (step) => {
      const lossy = {
        ...store,
        [step]: async (...args: unknown[]) => {
          await (store[step] as (...all: unknown[]) => Promise<unknown>)(...args);
          throw new Error('answer lost');
        },
      } as ObjectStore;
      await expect(archive(lossy)).rejects.toThrow('answer lost');
      const { archived } = await archive();
      expect(store.keys()).toEqual([`orders/${archived.key}`]);
      expect(await archive()).toEqual({ archived });
    },
  );

  test('a copy that came out wrong keeps the original', async () => {
    const cutting: ObjectStore = {
      ...store,
      copy: (_, target) => store.write(target, Buffer.from('i')),
    };
    const error = await errorOf(archive(cutting));
    expect(error.message).toMatch(/^STORAGE_MISMATCH: archive of s3:\/\/orders\/input_archive\/.* has 1 bytes/);
    expect(store.keys()).toContain('orders/input/a/orders.csv');
  });

  test('a newer upload under the same key stays', async () => {
    await archive({ ...store, deleteMany: () => Promise.resolve() });
    const newer = (await store.write(at('input/a/orders.csv'), Buffer.from('id\n2\n')))!;
    await archive();
    expect(await textOf(store, newer)).toBe('id\n2\n');
  });

  test('an original that was replaced before it was kept is an error, and the newer one stays', async () => {
    await store.write(at('input/a/orders.csv'), Buffer.from('id\n2\n'));
    expect(await codeOf(archive())).toBe('STORAGE_MISMATCH');
    expect(await textOf(store, at('input/a/orders.csv'))).toBe('id\n2\n');
  });

  test('an original that is gone with no copy is an error', async () => {
    await store.deleteMany([source]);
    expect(await codeOf(archive())).toBe('STORAGE_MISMATCH');
  });
});

describe('keptKey', () => {
  const place = { bucket: 'b', prefix: 'archive/' };
  test.each<[ObjectRef, string]>([
    [{ bucket: 'x', key: 'input/a.csv', versionId: 'v1', etag: '"e"' }, 'archive/input/a.csv/v1'],
    [{ bucket: 'x', key: 'input/a.csv', etag: '"e-3"' }, 'archive/input/a.csv/e-3'],
    [{ bucket: 'x', key: 'input/a.csv' }, 'archive/input/a.csv/unversioned'],
    [{ bucket: 'x', key: 'a/../b.csv', versionId: 'v' }, 'archive/a/../b.csv/v'],
  ])('%j', (source, key) => {
    expect(keptKey(place, source)).toEqual({ bucket: 'b', key });
  });

  test('no two uploads have the same', () => {
    const refs = ['input/a.csv', 'input/b/a.csv', 'a.csv', 'input/A.csv', 'input/a.csv/v1'].flatMap((key) =>
      ['v1', 'v2'].map((versionId) => ({ bucket: 'x', key, versionId })),
    );
    expect(new Set(refs.map((ref) => keptKey(place, ref).key)).size).toBe(refs.length);
  });

  test.each(['x'.repeat(1024), 'ü'.repeat(512), `input/${'x'.repeat(985)}`])(
    'stays within 1,024 bytes and apart for long keys',
    (key) => {
      const kept = keptKey(place, { bucket: 'x', key, versionId: 'v1'.padEnd(32, '0') });
      expect(Buffer.byteLength(kept.key)).toBeLessThanOrEqual(1024);
      expect(kept.key.startsWith('archive/')).toBe(true);
      expect(keptKey(place, { bucket: 'x', key: `${key.slice(0, -1)}y`, versionId: 'v1'.padEnd(32, '0') })).not.toEqual(
        kept,
      );
    },
  );
});
