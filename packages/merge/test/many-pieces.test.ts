import { createRunContext, readBytes, storeLimits } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { expect, test } from 'vitest';
import { mergeParts } from '../src/index.ts';
import { at, crcOf } from './helpers.ts';

/** S3 in small: pieces of some bytes are large enough for a part of their own. */
const limits = { ...storeLimits, minPartBytes: 8, maxPartBytes: 64 };

test('10,001 pieces, each large enough for a part, become an object of 10,000 parts', async () => {
  const store = memoryStore({ limits });
  const bodies = Array.from({ length: 10_001 }, (_, i) => Buffer.from(`${String(i).padStart(7, '0')},a\n`));
  const pieces = await Promise.all(
    bodies.map(async (body, i) => {
      const object = (await store.write(at(`piece-${i}`), body))!;
      return { object, bytes: body.length, crc32: crcOf(body), rows: 1 };
    }),
  );
  let parts = 0;
  const counting: typeof store = {
    ...store,
    completeMultipart: (upload, made, options) => {
      parts = made.length;
      return store.completeMultipart(upload, made, options);
    },
  };
  const merged = await mergeParts(pieces, at('out.csv'), { store: counting, run: createRunContext(), concurrency: 64 });
  expect(parts).toBe(10_000);
  expect(merged.rows).toBe(10_001);
  expect(Buffer.compare(await readBytes(store, merged.object), Buffer.concat(bodies))).toBe(0);
  expect(store.openUploads()).toBe(0);
});
