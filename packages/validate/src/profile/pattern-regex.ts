const classes: Readonly<Record<string, string>> = { '9': '[0-9]', a: '[a-z]', A: '[A-Z]' };

/**
 * A regular expression for values of ASCII that have a pattern (see `ColumnProfile.patterns`).
 *
 * @example
 * regexOf('A+-9'); // '[A-Z]{2,}-[0-9]'
 */
export const regexOf = (pattern: string): string => {
  let regex = '';
  for (let at = 0; at < pattern.length; at++) {
    const sign = pattern[at]!;
    const letters = classes[sign];
    if (sign === '\\') regex += escaped(pattern[++at]!);
    else if (letters === undefined) regex += escaped(sign);
    else if (pattern[at + 1] === '+') {
      regex += `${letters}{2,}`;
      at++;
    } else regex += letters;
  }
  return regex;
};

/** Only what must be: with the flag `u`, an escape that is none is an error. */
const escaped = (sign: string): string => (/[\^$\\.*+?()[\]{}|/]/.test(sign) ? `\\${sign}` : sign);
