interface Entry<K, V> {
  readonly key: K;
  value: V;
  expiresAtMs: number;
  newer: Entry<K, V> | undefined;
  older: Entry<K, V> | undefined;
}

/** A bounded map that forgets what was longest not asked for. */
export interface LruCache<K, V> {
  readonly size: number;
  /** The holder of the value, so that a remembered `undefined` differs from nothing remembered. */
  get(key: K, nowMs: number): { readonly value: V } | undefined;
  /** @param expiresAtMs - from then on the value counts as forgotten */
  set(key: K, value: V, expiresAtMs: number): void;
}

/**
 * Makes an LRU cache of at most `maxEntries`; 0 remembers nothing.
 * Entries are linked, because moving a key to the end of a `Map` by delete and set costs several times a plain get.
 */
export const createLruCache = <K, V>(maxEntries: number): LruCache<K, V> => {
  const entries = new Map<K, Entry<K, V>>();
  let newest: Entry<K, V> | undefined;
  let oldest: Entry<K, V> | undefined;

  const unlink = (entry: Entry<K, V>): void => {
    if (entry.newer === undefined) newest = entry.older;
    else entry.newer.older = entry.older;
    if (entry.older === undefined) oldest = entry.newer;
    else entry.older.newer = entry.newer;
  };
  const linkNewest = (entry: Entry<K, V>): void => {
    entry.newer = undefined;
    entry.older = newest;
    if (newest === undefined) oldest = entry;
    else newest.newer = entry;
    newest = entry;
  };
  const remove = (entry: Entry<K, V>): void => {
    unlink(entry);
    entries.delete(entry.key);
  };

  return {
    get size() {
      return entries.size;
    },
    get: (key, nowMs) => {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      if (entry.expiresAtMs <= nowMs) {
        remove(entry);
        return undefined;
      }
      if (entry !== newest) {
        unlink(entry);
        linkNewest(entry);
      }
      return entry;
    },
    set: (key, value, expiresAtMs) => {
      if (maxEntries < 1) return;
      const before = entries.get(key);
      if (before !== undefined) {
        before.value = value;
        before.expiresAtMs = expiresAtMs;
        unlink(before);
        linkNewest(before);
        return;
      }
      if (entries.size >= maxEntries) remove(oldest!);
      const entry: Entry<K, V> = { key: ownCopy(key), value, expiresAtMs, newer: undefined, older: undefined };
      entries.set(entry.key, entry);
      linkNewest(entry);
    },
  };
};

/**
 * A key that is a field of a row may be a slice of the text of many rows (engines share the memory of a longer string), all
 * of which would live as long as the key is remembered.
 */
const ownCopy = <K>(key: K): K =>
  typeof key === 'string' ? (Buffer.from(key, 'utf16le').toString('utf16le') as K & string) : key;
