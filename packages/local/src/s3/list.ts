import { compareKeys } from './keys.ts';
import { lowerBound } from './sorted-keys.ts';

/** What a listing looks at. */
export interface ListScope {
  /** Keys in UTF-8 order; those that are not `live` are skipped. */
  readonly keys: readonly string[];
  readonly live: (key: string) => boolean;
  readonly prefix: string;
  readonly delimiter: string;
  /** Only keys behind this one; when it is a common prefix, or lies in one, that prefix is not repeated. */
  readonly after: string;
}

/** A key, or a common prefix that stands for all keys below it. */
export type ListEntry = { readonly key: string } | { readonly prefix: string };

/** Walks keys and common prefixes in order, jumping over what a prefix stands for. */
export function* listEntries({
  keys,
  live,
  prefix,
  delimiter,
  after,
}: ListScope): Generator<ListEntry, void, undefined> {
  let skip = commonPrefix(after, prefix, delimiter);
  const start = compareKeys(after, prefix) >= 0 ? after : undefined;
  let index =
    start === undefined
      ? lowerBound(keys, (key) => compareKeys(key, prefix) >= 0)
      : lowerBound(keys, (key) => compareKeys(key, start) > 0);
  while (index < keys.length) {
    const key = keys[index] as string;
    if (!key.startsWith(prefix)) return;
    if (!live(key)) {
      index++;
      continue;
    }
    const common = commonPrefix(key, prefix, delimiter);
    if (common === undefined) {
      yield { key };
      index++;
      continue;
    }
    if (common !== skip) yield { prefix: common };
    skip = common;
    index = endOfPrefix(keys, common);
  }
}

/** The index behind the last key that starts with a prefix. */
function endOfPrefix(keys: readonly string[], prefix: string): number {
  return lowerBound(keys, (key) => compareKeys(key, prefix) > 0 && !key.startsWith(prefix));
}

/** The prefix up to the first delimiter behind the asked one, undefined where there is none. */
export function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === '' || !key.startsWith(prefix)) return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}
