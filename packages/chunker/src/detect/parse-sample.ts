/** A way to read a sample: single characters, `''` for none. */
export interface SampleDialect {
  readonly delimiter: string;
  readonly quote: string;
  /** The quote itself where it is doubled. */
  readonly escape: string;
  readonly comment: string;
  /** A CR that no LF follows ends a record too. */
  readonly loneCr: boolean;
}

/** What a parse counts beside cells and records. */
export interface SampleCounts {
  lf: number;
  crlf: number;
  cr: number;
  /** Cells in quotes, as they should be. */
  quotedCells: number;
  /** Quotes in unquoted cells. */
  strayQuotes: number;
  /** Cells with text behind their closing quote. */
  spoiltCells: number;
  comments: number;
}

/** A sample read in one dialect. Cell `i` is `text.slice(starts[i], ends[i])`, without its quotes. */
export interface ParsedSample {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly quoted: readonly boolean[];
  /** First cell of each record, and at its end the number of cells. Blank lines and comments are no records here. */
  readonly records: readonly number[];
  /** Where each record begins in the text. */
  readonly recordStarts: readonly number[];
  readonly counts: Readonly<SampleCounts>;
  /** The text ends inside quotes. */
  readonly unclosed: boolean;
  /** Where the record begins that no newline ends; the length of the text if there is none. */
  readonly unfinishedAt: number;
}

const LF = 10;
const CR = 13;
const codeOf = (character: string): number => (character === '' ? -1 : character.charCodeAt(0));

/** Length of the newline at `i`, 0 if there is none. */
const newlineLength = (text: string, i: number, loneCr: boolean): number => {
  const code = text.charCodeAt(i);
  if (code === LF) return 1;
  if (code !== CR) return 0;
  if (text.charCodeAt(i + 1) === LF) return 2;
  return loneCr ? 1 : 0;
};

/** Index behind the closing quote of a field that opens in front of `from`; -1 if there is none. */
const behindQuote = (text: string, from: number, quote: number, escapeBy: number): number => {
  let i = from;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === escapeBy && (escapeBy !== quote || text.charCodeAt(i + 1) === quote)) i += 2;
    else if (code === quote) return i + 1;
    else i++;
  }
  return -1;
};

/**
 * Reads a sample as the scanner would read the file (a quote opens only as a field's first character, a spoilt record
 * ends like an unquoted one) but never fails, and counts what is odd. Each character is looked at a fixed number of times.
 */
export const parseSample = (text: string, dialect: SampleDialect): ParsedSample => {
  const { loneCr } = dialect;
  const delimiter = codeOf(dialect.delimiter);
  const quote = codeOf(dialect.quote);
  const escapeBy = codeOf(dialect.escape);
  const comment = codeOf(dialect.comment);
  const starts: number[] = [];
  const ends: number[] = [];
  const quoted: boolean[] = [];
  const records: number[] = [];
  const recordStarts: number[] = [];
  const counts: SampleCounts = { lf: 0, crlf: 0, cr: 0, quotedCells: 0, strayQuotes: 0, spoiltCells: 0, comments: 0 };
  let unclosed = false;
  let recordStart = 0;
  let firstCell = 0;
  let i = 0;

  const addCell = (start: number, end: number, isQuoted: boolean): void => {
    starts.push(start);
    ends.push(end);
    quoted.push(isQuoted);
    if (isQuoted) counts.quotedCells++;
  };

  const addRecord = (): void => {
    const blank = starts.length === firstCell + 1 && starts[firstCell] === ends[firstCell] && !quoted[firstCell];
    if (blank) {
      starts.pop();
      ends.pop();
      quoted.pop();
    } else {
      records.push(firstCell);
      recordStarts.push(recordStart);
    }
    firstCell = starts.length;
  };

  /** Steps over the newline at `i`; the next record begins behind it. */
  const endLine = (size: number): void => {
    if (size === 2) counts.crlf++;
    else if (text.charCodeAt(i) === LF) counts.lf++;
    else counts.cr++;
    i += size;
    recordStart = i;
  };

  const readCell = (): void => {
    let start = i;
    let end = -1;
    if (text.charCodeAt(i) === quote) {
      const behind = behindQuote(text, i + 1, quote, escapeBy);
      unclosed = behind < 0;
      i = unclosed ? text.length : behind;
      const sound = i === text.length || text.charCodeAt(i) === delimiter || newlineLength(text, i, loneCr) > 0;
      if (!sound) counts.spoiltCells++;
      else if (!unclosed) {
        start++;
        end = behind - 1;
      }
    }
    while (i < text.length) {
      const code = text.charCodeAt(i);
      if (code === delimiter || ((code === LF || code === CR) && newlineLength(text, i, loneCr) > 0)) break;
      if (code === quote) counts.strayQuotes++;
      i++;
    }
    addCell(start, end < 0 ? i : end, end >= 0);
  };

  while (i < text.length) {
    if (i === recordStart && text.charCodeAt(i) === comment) {
      while (i < text.length && newlineLength(text, i, loneCr) === 0) i++;
      counts.comments++;
      if (i < text.length) endLine(newlineLength(text, i, loneCr));
      else recordStart = i;
      continue;
    }
    readCell();
    if (i === text.length) break;
    if (text.charCodeAt(i) === delimiter) {
      i++;
      if (i === text.length) addCell(i, i, false);
    } else {
      addRecord();
      endLine(newlineLength(text, i, loneCr));
    }
  }
  const unfinishedAt = recordStart;
  if (recordStart < text.length) addRecord();
  records.push(starts.length);
  return { starts, ends, quoted, records, recordStarts, counts, unclosed, unfinishedAt };
};
