// https://github.com/leeoniya/uDSV with https://ajv.js.org/coercion.html
import { Ajv } from 'ajv';
import ajvFormats from 'ajv-formats';
import { inferSchema, initParser, type Parser } from 'udsv';
import { piecesOf } from '../../../chunker/bench/support/pieces.ts';
import type { Works } from '../../../chunker/bench/support/work.ts';
import { orderSchema } from '../order-schema.ts';

const ajv = new Ajv({ allErrors: true, coerceTypes: true });
ajvFormats.default(ajv);
const check = ajv.compile<Record<string, unknown>>(orderSchema);

const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export const works: Works = {
  checks: async ({ file }) => {
    let rows = 0;
    let rejected = 0;
    let issues = 0;
    let bytesWritten = 0;
    let lines: string[] = [];
    const take = (row: Record<string, string>): void => {
      if (check({ ...row })) {
        rows++;
        lines.push(Object.values(row).map(field).join(','));
        return;
      }
      rejected++;
      issues += check.errors!.length;
      bytesWritten += JSON.stringify({ row, issues: check.errors!.map(({ message }) => message) }).length;
    };
    const decoder = new TextDecoder();
    let parser: Parser | undefined;
    for await (const piece of piecesOf(file.path)) {
      const text = decoder.decode(piece, { stream: true });
      parser ??= initParser(inferSchema(text));
      parser.chunk(text, parser.stringObjs as never, take as never);
      bytesWritten += Buffer.from(`${lines.join('\n')}\n`).length;
      lines = [];
    }
    parser!.end();
    return { rows, rejected, issues, bytesWritten };
  },
};
