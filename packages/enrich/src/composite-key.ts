declare const composite: unique symbol;

/** A key of several parts, as one text: equal exactly where the parts are, so that it can be compared and remembered. */
export type CompositeKey = string & { readonly [composite]: true };

/**
 * Joins parts, such as the values of several columns, to one key. Without one of them there is no key.
 *
 * @example
 * enrich(prices, { key: (row) => compositeKey(row.shop, row.article), columns: ['price'], assign: (_, price) => ({ price }) });
 */
export function compositeKey(...parts: readonly (string | number)[]): CompositeKey;
export function compositeKey(...parts: readonly (string | number | undefined)[]): CompositeKey | undefined;
export function compositeKey(...parts: readonly (string | number | undefined)[]): CompositeKey | undefined {
  return parts.includes(undefined) ? undefined : (JSON.stringify(parts.map(String)) as CompositeKey);
}

/**
 * The parts of a composite key, as text; `undefined` for a text that is none.
 *
 * @example
 * keyParts(compositeKey('berlin', 7)); // ['berlin', '7']
 */
export const keyParts = (key: string): readonly string[] | undefined => {
  try {
    const parts: unknown = JSON.parse(key);
    return Array.isArray(parts) && parts.every((part) => typeof part === 'string') ? parts : undefined;
  } catch {
    return undefined;
  }
};
