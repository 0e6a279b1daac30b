import { stripVTControlCharacters } from 'node:util';

const whole = new Intl.NumberFormat('en-US');

/**
 * 1234567 as `1,234,567`.
 *
 * @example
 * formatCount(1234567); // '1,234,567'
 */
export const formatCount = (count: number): string => whole.format(count);

/**
 * `1 chunk`, `2 chunks`.
 *
 * @example
 * plural(2, 'chunk'); // '2 chunks'
 */
export const plural = (count: number, noun: string): string => `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;

/**
 * A size as people say it, in powers of 1000 as disks do.
 *
 * @example
 * formatBytes(1_234_567); // '1.2 MB'
 */
export const formatBytes = (bytes: number): string => {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
};

/**
 * A duration as people say it.
 *
 * @example
 * formatDuration(83_000); // '1 min 23 s'
 */
export const formatDuration = (ms: number): string => {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
};

/**
 * Text of others (file names, messages) without what a terminal would obey.
 *
 * @example
 * printable('a\u001b[31mb'); // 'ab'
 */
export const printable = (text: string): string =>
  stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, ' ');

const segments = new Intl.Segmenter();
const wide =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60])/u;

/** Columns that a text takes on a terminal. */
export const widthOf = (text: string): number => {
  const plain = stripVTControlCharacters(text);
  if (/^[\u0020-\u007e]*$/.test(plain)) return plain.length;
  let width = 0;
  for (const { segment } of segments.segment(plain)) width += wide.test(segment) ? 2 : 1;
  return width;
};

/**
 * Cuts a text without styles to a number of columns.
 *
 * @example
 * fit('orders-2024.csv', 8); // 'orders-…'
 */
export const fit = (text: string, columns: number): string => {
  if (widthOf(text) <= columns) return text;
  let cut = '';
  let width = 1;
  for (const { segment } of segments.segment(text)) {
    width += wide.test(segment) ? 2 : 1;
    if (width > columns) break;
    cut += segment;
  }
  return `${cut}…`;
};

/**
 * Pads on the right to a number of columns.
 *
 * @example
 * padEnd('id', 4); // 'id  '
 */
export const padEnd = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - widthOf(text)));
/**
 * Pads on the left to a number of columns.
 *
 * @example
 * padStart('7', 3); // '  7'
 */
export const padStart = (text: string, columns: number): string =>
  ' '.repeat(Math.max(0, columns - widthOf(text))) + text;

/**
 * Breaks a text into lines of at most so many columns, between words where it can.
 *
 * @example
 * wrap('one two three', 7); // ['one two', 'three']
 */
export const wrap = (text: string, columns: number): readonly string[] => {
  const lines: string[] = [];
  let line = /^ */.exec(text)![0];
  let words = 0;
  for (const word of text.trim().split(' ')) {
    if (words > 0 && widthOf(line) + 1 + widthOf(word) > columns) {
      lines.push(line);
      line = '';
      words = 0;
    }
    line += words === 0 ? word : ` ${word}`;
    words++;
  }
  return [...lines, line];
};
