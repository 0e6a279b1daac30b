/** EventBridge's wildcard has two characters of its own. */
const literal = (text: string): string => text.replace(/[\\*]/g, '\\$&');

/** Wildcards that keys with both have to match, the suffix in small or capital letters. */
export const keyPatterns = (prefix: string, suffix: string): readonly string[] => [
  ...new Set([suffix.toLowerCase(), suffix.toUpperCase()].map((ending) => `${literal(prefix)}*${literal(ending)}`)),
];
