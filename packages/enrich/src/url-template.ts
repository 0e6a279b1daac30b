import { requireOption } from './check-options.ts';

/** A URL with a place for a key. */
export interface UrlTemplate {
  /** Scheme and host, which no key changes. */
  readonly origin: URL;
  /** The URL for a key, or `undefined` when the key cannot stand there without leaving its place. */
  fill(key: string): URL | undefined;
}

const placeholder = '{key}';
const parts = /^(?<origin>https?:\/\/[^/?#@\\{}\s]+)(?<path>\/[^?#]*)?(?:\?(?<query>[^#]*))?$/i;

/** Percent-encodes all but the unreserved characters of RFC 3986, as request signing does too. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * Compiles a template like `https://host/prices/{key}` or `https://host/prices?id={key}`. `{key}` may stand in path
 * segments and query values; a key can never change origin, path or parameters: what the URL parser would rewrite
 * (`..`, even where it arises from the template and the key together) is not filled in.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 */
export const compileUrlTemplate = (template: string): UrlTemplate => {
  const { origin, path = '/', query = '' } = parts.exec(template)?.groups ?? {};
  const check = (ok: boolean, expected: string): void => requireOption(ok, 'url', expected, template);
  check(
    origin !== undefined && URL.canParse(origin),
    'an http or https URL without user and fragment, {key} not in the host',
  );
  const names = query.split('&').map((pair) => pair.split('=', 1)[0]!);
  check(!names.some((name) => name.includes(placeholder)), 'a URL with {key} in a path segment or query value');
  check(`${path}?${query}`.includes(placeholder), 'a URL with {key} in it');
  check(
    !/[{}]/.test(`${path}?${query}`.replaceAll(placeholder, '')),
    'a URL whose only placeholder is {key}, other braces encoded',
  );

  const search = query === '' ? '' : `?${query.replaceAll('+', '%20')}`;
  const base = new URL(origin!).origin;
  const fill = (key: string): URL | undefined => {
    if (key === '' || key === '.' || key === '..' || !key.isWellFormed()) return undefined;
    const encoded = encode(key);
    const pathname = path.replaceAll(placeholder, () => encoded);
    const filledSearch = search.replaceAll(placeholder, () => encoded);
    const url = new URL(`${base}${pathname}${filledSearch}`);
    return url.origin === base && url.pathname === pathname && url.search === filledSearch ? url : undefined;
  };
  check(fill('key') !== undefined, 'a URL that is encoded and has no dot segments');
  return { origin: new URL(base), fill };
};
