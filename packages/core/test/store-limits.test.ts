import { expect, test } from 'vitest';
import { openWriter, readBytes, storeLimits } from '../src/index.ts';
import { memoryStore } from '../src/memory.ts';

const limits = { ...storeLimits, minPartBytes: 10, maxPartBytes: 40, maxParts: 5 };
const target = { bucket: 'work', key: 'whole' };

test('a writer makes parts that the store takes, unless it is told otherwise', async () => {
  const store = memoryStore({ limits });
  const sent: number[] = [];
  const counting = {
    ...store,
    uploadPart: (...[upload, number, body, options]: Parameters<typeof store.uploadPart>) => {
      sent.push(body.length);
      return store.uploadPart(upload, number, body, options);
    },
  };
  const body = Uint8Array.from({ length: 95 }, (_, i) => i);
  for (const [options, parts] of [
    [{}, [40, 40, 15]],
    [{ partBytes: 30 }, [30, 30, 30, 5]],
  ] as const) {
    sent.length = 0;
    const writer = openWriter(counting, target, options);
    await writer.write(body);
    await writer.close(1);
    expect(sent).toEqual(parts);
    expect(Buffer.compare(await readBytes(store, target), body)).toBe(0);
  }
});

test.each([
  ['a part that is too large', 1, 41, 'EntityTooLarge'],
  ['a part number beyond the last', 6, 10, 'InvalidArgument'],
  ['a part number of 0', 0, 10, 'InvalidArgument'],
])('a store with limits refuses %s', async (_, number, bytes, reason) => {
  const store = memoryStore({ limits });
  const upload = await store.createMultipart(target);
  await expect(store.uploadPart(upload, number, new Uint8Array(bytes))).rejects.toMatchObject({ details: { reason } });
});

test('a store that takes what S3 takes says nothing of it', () => {
  expect(memoryStore().limits).toBeUndefined();
  expect(memoryStore({ limits }).limits).toEqual(limits);
});
