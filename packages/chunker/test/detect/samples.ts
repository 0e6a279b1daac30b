import type { CsvEncoding } from '@pipeline/core';
import { type CsvDetection, detectCsv, type GivenCsv } from '../../src/detect/detect-csv.ts';

export const whole = (text: string | Uint8Array, given: GivenCsv = {}): CsvDetection =>
  detectCsv(typeof text === 'string' ? Buffer.from(text) : text, { complete: true, given });

export const lines = (...records: string[]): string => records.map((record) => `${record}\n`).join('');

/** Encodes what the five encodings share, and of windows-1252 the characters that the tests use. */
export const encode = (text: string, encoding: CsvEncoding): Buffer => {
  if (encoding === 'utf-8') return Buffer.from(text);
  if (encoding === 'utf-16le') return Buffer.from(text, 'utf16le');
  if (encoding === 'utf-16be') return Buffer.from(text, 'utf16le').swap16();
  const at80: Record<string, number> = { '€': 0x80, '„': 0x84, '“': 0x93, '”': 0x94, '–': 0x96, '’': 0x92 };
  return Buffer.from(Array.from(text, (character) => at80[character] ?? character.charCodeAt(0)));
};

/** The first 64 KiB, as a splitter reads them. */
export const sampleBytes = 64 * 1024;
