import { formatRef, type ObjectStore } from '@pipeline/core';

/** What happens to bytes on their way from the store, whose refs and checksums stay what they were. */
export const alterations = {
  flipped: (bytes: Uint8Array) => Uint8Array.from(bytes, (byte, i) => (i === bytes.length >> 1 ? byte ^ 1 : byte)),
  'cut short': (bytes: Uint8Array) => bytes.subarray(0, -1),
  'without a line': (bytes: Uint8Array) => bytes.subarray(bytes.indexOf(10) + 1),
  'with a line twice': (bytes: Uint8Array) => Buffer.concat([bytes, bytes.subarray(0, bytes.indexOf(10) + 1)]),
  empty: () => new Uint8Array(),
} as const satisfies Record<string, (bytes: Uint8Array) => Uint8Array>;

/** A store that alters what is read of one object, and tells what was read. */
export const alteringReads = (
  store: ObjectStore,
  altered?: { readonly object: string; readonly how: (bytes: Uint8Array) => Uint8Array },
): { readonly store: ObjectStore; readonly read: ReadonlySet<string> } => {
  const read = new Set<string>();
  return {
    read,
    store: {
      ...store,
      async *read(ref, options) {
        const object = formatRef({ bucket: ref.bucket, key: ref.key });
        read.add(object);
        if (object !== altered?.object) {
          yield* store.read(ref, options);
          return;
        }
        const pieces: Uint8Array[] = [];
        for await (const piece of store.read(ref, options)) pieces.push(Uint8Array.from(piece));
        const bytes = altered.how(Buffer.concat(pieces));
        if (bytes.length > 0) yield bytes;
      },
    },
  };
};
