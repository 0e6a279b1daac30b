// As it is usually written: https://csv.js.org/parse/, https://ajv.js.org/coercion.html, https://csv.js.org/stringify/
import { finished } from 'node:stream/promises';
import { Ajv } from 'ajv';
import ajvFormats from 'ajv-formats';
import { parse } from 'csv-parse';
import { stringify } from 'csv-stringify';
import { streamOf } from '../../../chunker/bench/support/pieces.ts';
import type { Works } from '../../../chunker/bench/support/work.ts';
import { orderSchema } from '../order-schema.ts';

const ajv = new Ajv({ allErrors: true, coerceTypes: true });
ajvFormats.default(ajv);
const check = ajv.compile<Record<string, unknown>>(orderSchema);

export const works: Works = {
  checks: async ({ file }) => {
    const output = stringify({ columns: [...file.columns] });
    let rows = 0;
    let rejected = 0;
    let issues = 0;
    let bytesWritten = 0;
    output.on('data', (piece: Buffer) => {
      bytesWritten += piece.length;
    });
    const parser = streamOf(file.path).pipe(parse({ columns: true }));
    parser.on('data', (row: Record<string, string>) => {
      if (check({ ...row })) {
        rows++;
        output.write(row);
        return;
      }
      rejected++;
      issues += check.errors!.length;
      bytesWritten += JSON.stringify({ row, issues: check.errors!.map(({ message }) => message) }).length;
    });
    await finished(parser);
    output.end();
    await finished(output);
    return { rows, rejected, issues, bytesWritten };
  },
};
