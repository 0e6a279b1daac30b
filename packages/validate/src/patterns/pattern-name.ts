/** What a pattern is known by. */
export const patternName = (source: string, flags: string): string => `/${source}/${flags}`;
