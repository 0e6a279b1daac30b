import { apiError } from './api-error.ts';

const MAX_RESULTS = 1000;
const DEFAULT_RESULTS = 100;

/** One page of a list and the token of the next. */
export interface Page<T> {
  readonly items: T[];
  readonly nextToken: string | undefined;
}

/**
 * Cuts a page out of a list. The token holds the key of the last item given, so that items that come in at the front
 * meanwhile shift nothing.
 *
 * @throws ApiError
 */
export function pageOf<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  body: Readonly<Record<string, unknown>>,
): Page<T> {
  const wanted = body.maxResults;
  if (wanted !== undefined && (typeof wanted !== 'number' || wanted < 0 || wanted > MAX_RESULTS)) {
    throw apiError(
      'ValidationException',
      `1 validation error detected: Value '${String(wanted)}' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to ${MAX_RESULTS}`,
    );
  }
  const size = typeof wanted === 'number' && wanted > 0 ? wanted : DEFAULT_RESULTS;
  const from = startOf(items, keyOf, body.nextToken);
  const page = items.slice(from, from + size);
  const more = from + size < items.length;
  return { items: page, nextToken: more ? Buffer.from(keyOf(page.at(-1)!)).toString('base64url') : undefined };
}

function startOf<T>(items: readonly T[], keyOf: (item: T) => string, token: unknown): number {
  if (token === undefined || token === null) return 0;
  const key = Buffer.from(String(token), 'base64url').toString();
  const index = items.findIndex((item) => keyOf(item) === key);
  if (index < 0) throw apiError('InvalidToken', `Invalid Token: 'Invalid token'`);
  return index + 1;
}
