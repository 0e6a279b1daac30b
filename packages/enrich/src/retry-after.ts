/**
 * Reads a `Retry-After` header: whole seconds or an HTTP date. Nonsense and negative numbers are `undefined`, a date in
 * the past is 0. The caller caps it.
 *
 * @returns milliseconds
 */
export const parseRetryAfter = (header: string | null | undefined, nowMs: number): number | undefined => {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // Only the date form that HTTP allows; Date.parse alone takes "-5" for a year.
  if (!/^[A-Z][a-z]{2,8},? .*GMT$/.test(text)) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
};
