import { expect, test } from 'vitest';
import { memoryStore } from '../src/memory.ts';
import { describeStoreContract } from './store-contract.ts';

describeStoreContract('memory', () => {
  const store = memoryStore();
  return { store, bucket: 'bucket', openUploads: () => store.openUploads() };
});

test('the memory store names what it holds', async () => {
  const store = memoryStore();
  await store.write({ bucket: 'b', key: 'z' }, Buffer.from('z'));
  await store.write({ bucket: 'a', key: 'y' }, Buffer.from('y'));
  expect(store.keys()).toEqual(['a/y', 'b/z']);
  const upload = await store.createMultipart({ bucket: 'a', key: 'm' });
  expect(store.openUploads()).toBe(1);
  await store.abortMultipart(upload);
  expect(store.openUploads()).toBe(0);
});
