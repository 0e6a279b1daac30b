/**
 * Whether a text matches a pattern with `*` for any characters and `?` for one. Time grows with the product of the lengths at most.
 *
 * @example
 * matchesWildcard('arn:aws:s3:::orders/input/*', 'arn:aws:s3:::orders/input/may.csv'); // true
 */
export const matchesWildcard = (pattern: string, text: string): boolean => {
  let at = 0;
  let star = -1;
  let resume = 0;
  let position = 0;
  while (position < text.length) {
    const wanted = pattern[at];
    if (wanted === '*') {
      star = at++;
      resume = position;
    } else if (wanted !== undefined && (wanted === '?' || wanted === text[position])) {
      at++;
      position++;
    } else if (star !== -1) {
      // Let the last star take one character more.
      at = star + 1;
      position = ++resume;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
};
