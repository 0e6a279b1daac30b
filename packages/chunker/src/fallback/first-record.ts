import type { CsvDialect } from '@pipeline/core';
import type { FirstRecord, NoRecord } from '../source/first-record.ts';
import { recordFlags } from './check-fields.ts';
import { parseWindow } from './parse-window.ts';
import { tokensOf } from './tokens.ts';

/** Looks for the first record as `firstRecord` does, by csv-parse. */
export const firstFallbackRecord = (
  text: Uint8Array,
  { dialect, maxBytes }: { readonly dialect: Omit<CsvDialect, 'newline'>; readonly maxBytes: number },
  complete: boolean,
): FirstRecord | NoRecord => {
  const tokens = tokensOf(dialect);
  const parsed = parseWindow(Buffer.from(text), tokens, { final: complete, most: 1 });
  const [start] = parsed.starts;
  if (start === undefined) return !complete ? 'too-long' : parsed.unclosed ? { unclosedAt: undefined } : 'none';
  const count = parsed.counts[0]!;
  const fieldEnds = parsed.ends.slice(0, count);
  const end = fieldEnds.at(-1)!;
  if (end - start > maxBytes) return 'too-long';
  const flags = recordFlags(parsed, tokens, { start, first: 0, count });
  return { start, end, next: parsed.nexts[0]!, fieldEnds, flags };
};
