import { type CsvDialect, type CsvLimits, PipelineSourceError } from '@pipeline/core';

const LF = 10;
const CR = 13;

/** A quote stands inside an unquoted field: a literal byte. */
export const STRAY_QUOTE = 1;
/** Bytes stand between a closing quote and the next delimiter: the record is a reject. */
export const BAD_QUOTE = 2;
/** More fields than `maxColumns`; those beyond are not indexed. */
export const TOO_MANY_FIELDS = 4;
/** A field is longer than `maxFieldBytes`. */
export const FIELD_TOO_LARGE = 8;

/**
 * Records found by a scan. All positions are offsets in the source. Record `i` has content `[starts[i], ends[i])`,
 * its newline `[ends[i], nexts[i])`, and field ends `fieldEnds[fieldsFrom[i]] … fieldEnds[fieldsFrom[i + 1] - 1]`,
 * where `fieldsFrom[count]` is the length of `fieldEnds`.
 */
export interface RecordIndex {
  count: number;
  readonly starts: number[];
  readonly ends: number[];
  readonly nexts: number[];
  readonly flags: number[];
  readonly fieldsFrom: number[];
  readonly fieldEnds: number[];
}

export const createRecordIndex = (): RecordIndex => ({
  count: 0,
  starts: [],
  ends: [],
  nexts: [],
  flags: [],
  fieldsFrom: [0],
  fieldEnds: [],
});

export interface ScanOptions {
  readonly dialect: Pick<CsvDialect, 'delimiter' | 'quote'>;
  readonly limits: Pick<CsvLimits, 'maxRecordBytes' | 'maxFieldBytes' | 'maxColumns'>;
  /** Offset in the source of the first byte that will be scanned. @default 0 */
  readonly offset?: number;
  /** Data row of the first record, for error messages. */
  readonly row?: number;
  /** Whether field ends are wanted; planning does without. @default true */
  readonly fields?: boolean;
}

export interface RecordScanner {
  /** Scans the next bytes of the source and adds the records that end in them. */
  scan(bytes: Uint8Array, index: RecordIndex): void;
  /** Ends the scan: a last record without a newline is added. */
  end(index: RecordIndex): void;
  /** Offset in the source of the first byte of the record that is not complete yet. */
  readonly recordStart: number;
}

const FIELD_START = 0;
const UNQUOTED = 1;
const QUOTED = 2;
const QUOTE_IN_QUOTED = 3;
const CLOSED_CR = 4;

/**
 * The exact state machine that finds where records and fields end. Planning and reading share it, so they cannot disagree.
 *
 * Grammar: RFC 4180 (https://www.rfc-editor.org/rfc/rfc4180) with LF or CRLF, and for what the RFC leaves open: a quote
 * opens a quoted field only as the field's first byte; elsewhere in an unquoted field it is literal; bytes after a closing
 * quote spoil the record, which then ends as an unquoted one would.
 *
 * @throws PipelineSourceError `CSV_UNCLOSED_QUOTE` (with the offset of the opening quote) or `CSV_ROW_TOO_LARGE`
 */
export const createRecordScanner = ({
  dialect,
  limits,
  offset = 0,
  row,
  fields = true,
}: ScanOptions): RecordScanner => {
  const delimiter = dialect.delimiter.charCodeAt(0);
  const quote = dialect.quote === '' ? -1 : dialect.quote.charCodeAt(0);
  const { maxRecordBytes, maxFieldBytes, maxColumns } = limits;
  let base = offset;
  let state = FIELD_START;
  let recordStart = offset;
  let fieldStart = offset;
  let fieldCount = 0;
  let flags = 0;
  let quoteAt = 0;
  let previous = 0;
  let records = 0;
  /** Field ends of a record that did not end in the bytes scanned so far; they go to the next index. */
  let unfinished: number[] = [];

  /** A record passed the cap. It is the quote's fault if the cap fell between an opening quote and its closing one. */
  const tooLarge = (): PipelineSourceError => {
    const where = row === undefined ? {} : { row: row + records };
    return state === QUOTED && quoteAt - recordStart < maxRecordBytes + 2
      ? new PipelineSourceError('CSV_UNCLOSED_QUOTE', { ...where, offset: quoteAt, maxRecordBytes })
      : new PipelineSourceError('CSV_ROW_TOO_LARGE', { ...where, offset: recordStart, maxRecordBytes });
  };

  const endField = (end: number, index: RecordIndex): void => {
    if (end - fieldStart > maxFieldBytes) flags |= FIELD_TOO_LARGE;
    if (fields) {
      if (fieldCount < maxColumns) index.fieldEnds.push(end);
      else flags |= TOO_MANY_FIELDS;
    }
    fieldCount++;
    fieldStart = end + 1;
    state = FIELD_START;
  };

  const endRecord = (end: number, next: number, index: RecordIndex): void => {
    if (end - recordStart > maxRecordBytes) throw tooLarge();
    endField(end, index);
    index.starts.push(recordStart);
    index.ends.push(end);
    index.nexts.push(next);
    index.flags.push(flags);
    index.fieldsFrom.push(index.fieldEnds.length);
    index.count++;
    records++;
    recordStart = next;
    fieldStart = next;
    fieldCount = 0;
    flags = 0;
  };

  return {
    scan(bytes, index) {
      for (const fieldEnd of unfinished) index.fieldEnds.push(fieldEnd);
      unfinished = [];
      const length = bytes.length;
      let i = 0;
      while (i < length) {
        if (state === QUOTED) {
          const close = bytes.indexOf(quote, i);
          if (close < 0) break;
          // Judged here and not at the record's end, so that the error does not depend on how the bytes are sliced.
          if (base + close - recordStart >= maxRecordBytes + 2) throw tooLarge();
          i = close + 1;
          state = QUOTE_IN_QUOTED;
          continue;
        }
        let byte = bytes[i]!;
        if (state === FIELD_START) {
          if (byte === quote) {
            quoteAt = base + i;
            state = QUOTED;
            i++;
            continue;
          }
          state = UNQUOTED;
        }
        if (state === UNQUOTED) {
          const from = i;
          while (byte !== delimiter && byte !== LF && byte !== quote) {
            i++;
            if (i === length) break;
            byte = bytes[i]!;
          }
          if (i === length) break;
          if (byte === delimiter) endField(base + i, index);
          else if (byte === quote) flags |= STRAY_QUOTE;
          else {
            const before = i > from || i > 0 ? bytes[i - 1]! : previous;
            const end = base + i;
            endRecord(before === CR && end > fieldStart ? end - 1 : end, end + 1, index);
          }
          i++;
          continue;
        }
        // A quote has closed the field, or is the first of a doubled one; CLOSED_CR adds that a CR followed.
        if (byte === LF) {
          const end = base + i;
          endRecord(state === CLOSED_CR ? end - 1 : end, end + 1, index);
        } else if (state === QUOTE_IN_QUOTED && byte === quote) state = QUOTED;
        else if (state === QUOTE_IN_QUOTED && byte === delimiter) endField(base + i, index);
        else if (state === QUOTE_IN_QUOTED && byte === CR) state = CLOSED_CR;
        else {
          flags |= BAD_QUOTE;
          state = UNQUOTED;
          continue; // this byte may be a delimiter after a stray CR: judged as in an unquoted field
        }
        i++;
      }
      unfinished = index.fieldEnds.splice(index.fieldsFrom[index.count]!);
      if (length > 0) previous = bytes[length - 1]!;
      base += length;
      // Two bytes of grace: a record at the cap may still be waiting for its CRLF.
      if (base - recordStart > maxRecordBytes + 2) throw tooLarge();
    },

    end(index) {
      for (const fieldEnd of unfinished) index.fieldEnds.push(fieldEnd);
      unfinished = [];
      if (state === QUOTED) throw tooLarge();
      if (recordStart === base) return;
      if (state === CLOSED_CR) flags |= BAD_QUOTE;
      endRecord(base, base, index);
    },

    get recordStart() {
      return recordStart;
    },
  };
};
