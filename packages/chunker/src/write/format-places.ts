import type { RawRecords } from '@pipeline/core';

/** Where the fields of a record stand, without a view of each: making millions of views costs more than copying their bytes. */
export interface LocatedRecord {
  /** What the places count in. */
  bytes: Uint8Array;
  /**
   * The record's start, the end of each of its fields, start and end of its newline. A field begins one byte behind the end
   * of the one before it.
   */
  readonly places: Uint32Array;
}

/** Finds the fields of a record; the answer is good until the next call. */
export type Locator = (records: RawRecords, position: number) => LocatedRecord;

/** Whether a newline follows its record's last field at once, which it does not where columns were cut off. */
const follows = (newline: Uint8Array, field: Uint8Array): boolean =>
  field.buffer === newline.buffer && field.byteOffset + field.length === newline.byteOffset;

/** Makes a locator for records of so many columns. */
export const createLocator = (columns: number, delimiter: string): Locator => {
  const located: LocatedRecord = { bytes: new Uint8Array(), places: new Uint32Array(columns + 3) };

  /** For records that do not stand in the source as they are to be written: lays their fields side by side. */
  const assemble = (records: RawRecords, position: number): void => {
    const fields = Array.from({ length: columns }, (_, column) => records.fieldBytes(position, column));
    const newline = records.newline(position);
    const gap = follows(newline, fields.at(-1)!) ? 0 : 1;
    const length = fields.reduce((sum, field) => sum + field.length + 1, 0) - 1;
    const bytes = Buffer.alloc(length + gap + newline.length, delimiter);
    let at = 0;
    for (const [column, field] of fields.entries()) {
      bytes.set(field, at);
      at += field.length;
      located.places[column + 1] = at++;
    }
    bytes.set(newline, length + gap);
    located.places[columns + 1] = length + gap;
    located.places[columns + 2] = bytes.length;
    located.places[0] = 0;
    located.bytes = bytes;
  };

  return (records, position) => {
    const bytes = records.locate?.(position, located.places);
    if (bytes === undefined) assemble(records, position);
    else located.bytes = bytes;
    return located;
  };
};
