const ISO = /^\d{4}-\d{2}-\d{2}[T](\d{2}):(\d{2}):(\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds since the epoch of an ISO-8601 date-time with offset, or undefined when the text is none. */
export function parseTimestamp(text: string): number | undefined {
  if (!ISO.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** The text Step Functions uses for times in the context object and in results: milliseconds, UTC. */
export function printTimestamp(atMs: number): string {
  return new Date(atMs).toISOString();
}
