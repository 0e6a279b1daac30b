import type { BatchReport } from '@pipeline/core';

const mark = Buffer.from(',\n  "chunks": [');

/**
 * The report without its list of chunks, which may be longer than memory. It stands behind everything else, and no line
 * feed can stand inside a JSON text, so its beginning is found in the bytes.
 */
export const readReportHead = async (bytes: AsyncIterable<Uint8Array>): Promise<BatchReport> => {
  let head = Buffer.alloc(0);
  for await (const piece of bytes) {
    head = Buffer.concat([head, piece]);
    const end = head.indexOf(mark);
    if (end >= 0) return JSON.parse(`${head.toString('utf8', 0, end)}\n}`) as BatchReport;
  }
  return JSON.parse(head.toString('utf8')) as BatchReport;
};
