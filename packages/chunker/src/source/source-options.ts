import type { CsvEncoding, RecordPolicy, TextPolicy } from '@pipeline/core';
import type { UnpackLimits } from '../compression/unpack-limits.ts';
import type { HeaderAliases } from './header-aliases.ts';
import type { HeaderChoice } from './read-header.ts';

/** What a caller may say of a file beside its dialect. */
export interface SourceOptions {
  /** Of the file; the output is UTF-8. @default what the byte order mark says, UTF-8 without one */
  readonly encoding?: CsvEncoding;
  /** Lines before the header that belong to no record. @default 0 */
  readonly skipLines?: number;
  /** Where column names come from: the first record, a list, or nowhere (`column_1`, …). @default 'first' */
  readonly header?: HeaderChoice;
  /**
   * Other names that the header may give to columns: rows, rules and the output know them by the declared ones, and the manifest
   * says what was renamed. A header that is given, or not there, has no other names.
   * @default none
   */
  readonly aliases?: HeaderAliases;
  /** Detect whatever is not given from the first 64 KiB; the manifest then says what was found, and how surely. @default false */
  readonly detect?: boolean;
  /** Detection that is less sure of any property fails the file, `[0, 1]`. @default 0.6 */
  readonly minConfidence?: number;
  /** How far a packed file may unpack. @default see `UnpackLimits` */
  readonly unpack?: UnpackLimits;
  /** Text that the encoding does not allow. @default all of it rejects its row */
  readonly text?: TextPolicy;
  /** Records that are not as they should be. @default all of them are rejects */
  readonly records?: RecordPolicy;
}
