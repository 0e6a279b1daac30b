import type { CsvEncoding, DetectedCsv } from '@pipeline/core';
import { delimiterGuess, escapeConfidence, newlineGuess, quoteGuess } from './dialect-confidence.ts';
import { findHeader } from './find-header.ts';
import { createKindOf, rankDialects } from './rank-dialects.ts';
import { sampleEncoding } from './sample-encoding.ts';

/** What is known of a file beforehand; it is taken as it is, with confidence 1, and helps to find the rest. */
export interface GivenCsv {
  readonly encoding?: CsvEncoding;
  /** One ASCII character. */
  readonly delimiter?: string;
  /** One ASCII character, or `''` for none. */
  readonly quote?: string;
  /** The quote itself where it is doubled, or another character. */
  readonly escape?: string;
  readonly loneCr?: boolean;
  /** One ASCII character, or `''` for none. */
  readonly comment?: string;
  readonly header?: boolean;
  /** Lines before the header. */
  readonly skipLines?: number;
}

export interface DetectCsvOptions {
  /** The sample is the whole file; otherwise its last record and character may be cut. */
  readonly complete: boolean;
  /** @default nothing */
  readonly given?: GivenCsv;
}

/**
 * What was detected. `skipLines` counts titles, blank lines and a `sep=` line before the header, ended by LF, CRLF or CR as
 * they come; `newline` is what ends most records.
 */
export interface CsvDetection extends DetectedCsv {
  readonly confidence: DetectedCsv['confidence'] & {
    readonly escape: number;
    readonly skipLines: number;
  };
}

/** Spreadsheet programs name the delimiter in a first line of this form. */
const separatorLine = /^sep=([\t\x1f!#-&(-/:-@[-`{-~])(?:\r\n|\r|\n)/i;

const withoutLines = (text: string, lines: number): string => {
  const newline = /\r\n|\r|\n/g;
  for (let i = 0; i < lines; i++) if (newline.exec(text) === null) return '';
  return text.slice(newline.lastIndex);
};

/** Text that dialects are tried on: what was to be skipped is gone, and so is a CR that may be half a CRLF. */
const readText = (sample: Uint8Array, encoding: CsvEncoding, { complete, given }: DetectCsvOptions) => {
  const decoded = new TextDecoder(encoding).decode(sample, { stream: !complete });
  const whole = complete ? decoded : decoded.replace(/\r$/, '');
  const separator = separatorLine.exec(whole);
  const skipped = given?.skipLines ?? (separator === null ? 0 : 1);
  return { text: withoutLines(whole, skipped), skipped, delimiter: given?.delimiter ?? separator?.[1] };
};

/** 1 for text, less for each control character and each one that could not be decoded, 0 from one in eight on. */
const textTrust = (text: string): number => {
  const junk = text.match(/[\0\x02-\x08\x0e-\x1b\x7f\ufffd]/g)?.length ?? 0;
  return text === '' ? 0 : Math.max(0, 1 - (8 * junk) / text.length);
};

/**
 * Detects the encoding and the dialect of a CSV file from its first bytes; 64 KiB are plenty. It never throws, and takes
 * time linear in the length of the sample: the dialects that its characters allow are tried, some hundreds at most.
 *
 * Confidences are in `[0, 1]`: 1 for what is given or marked (byte order mark, `sep=` line), otherwise estimates. Encoding:
 * see `sampleEncoding`. Delimiter, quote and escape: how much better the sample reads than in the next best dialect that
 * differs in it. Newline: the share of records that it ends. Header: what columns of typed values say of their first cell.
 * Control characters lower all but the encoding's, so that binary data is sure of nothing; of an empty sample all are 0.
 *
 * @example
 * const { delimiter, confidence } = detectCsv(firstBytes, { complete: false });
 * if (confidence.delimiter < 0.8) console.log(`The delimiter is probably ${delimiter}: better say so.`);
 */
export const detectCsv = (sample: Uint8Array, options: DetectCsvOptions): CsvDetection => {
  const { complete, given = {} } = options;
  const found = sampleEncoding(sample, complete);
  const encoding = given.encoding ?? found.encoding;
  const { text, skipped, delimiter: marked } = readText(sample, encoding, options);
  const kindOf = createKindOf(text);
  const ranked = rankDialects(text, complete, { ...given, delimiter: marked }, kindOf);
  const best = ranked[0]!;
  const { comment, loneCr } = best.dialect;
  const delimiter = delimiterGuess(ranked, text);
  const quote = quoteGuess(ranked, text, complete);
  const newline = newlineGuess(ranked);
  const header = findHeader(best, text, kindOf, given.header);
  const skipLines = given.skipLines ?? skipped + header.skipLines;
  const trust = textTrust(text);
  const sure = (known: unknown, confidence: number): number => (known === undefined ? confidence * trust : 1);
  return {
    encoding,
    delimiter: marked ?? delimiter.value,
    quote: given.quote ?? quote.value,
    ...(best.dialect.escape === best.dialect.quote ? {} : { escape: best.dialect.escape }),
    newline: newline.value,
    ...(loneCr ? { loneCr } : {}),
    ...(comment === '' ? {} : { comment }),
    header: header.header,
    ...(skipLines === 0 ? {} : { skipLines }),
    confidence: {
      encoding: given.encoding === undefined ? found.confidence : 1,
      delimiter: sure(marked, delimiter.confidence),
      quote: sure(given.quote, quote.confidence),
      escape: sure(given.escape, escapeConfidence(ranked)),
      newline: sure(undefined, newline.confidence),
      header: sure(given.header, header.confidence),
      skipLines: sure(given.skipLines, header.skipConfidence),
    },
    sampleBytes: sample.length,
  };
};
