import { parseRows } from '@pipeline/chunker';
import { type CsvRecord, createRunContext, type RowReject, type Rows } from '@pipeline/core';
import { type RowRule, validate } from '../../src/precompiled/index.ts';

/** Counts the fields whose text the checks on bytes ask for, as the bytes do not settle them. */
const counted = (rule: RowRule<unknown>, onAsk: () => void): RowRule<unknown> => ({
  ...rule,
  compileFast: (columns, quoting) => {
    const fast = rule.compileFast(columns, quoting);
    if (fast === undefined) return undefined;
    const check: typeof fast.check = (bytes, ends, at, field, failed) => {
      const asked = (column: number): string => {
        onAsk();
        return field(column);
      };
      return fast.check(bytes, ends, at, asked, failed);
    };
    return { ...fast, check };
  },
});

/** What the validate stage makes of a file whose fields stand in it as bytes. */
export const outcome = async (
  rule: RowRule<unknown>,
  names: readonly string[],
  rows: readonly (readonly string[])[],
  escaped?: string,
) => {
  const fieldText = (text: string, at: number): string => {
    if (!/[",\r\n\\]/.test(text) && at % 3 > 0) return text;
    return escaped === undefined
      ? `"${text.replaceAll('"', '""')}"`
      : `"${text.replaceAll(escaped, escaped + escaped).replaceAll('"', `${escaped}"`)}"`;
  };
  const bytes = Buffer.from(
    rows.map((row, i) => `${row.map((text, at) => fieldText(text, at + i)).join(',')}\r\n`).join(''),
  );
  const dialect = { delimiter: ',', quote: '"', ...(escaped === undefined ? {} : { escape: escaped }) };
  const input = parseRows(
    (async function* () {
      yield bytes;
    })(),
    { columns: names, dialect },
  ) as Rows<CsvRecord>;
  const made = {
    rows: [] as unknown[],
    warnings: [] as unknown[],
    rejects: [] as unknown[],
    error: undefined as unknown,
    /** Fields that the bytes did not settle. */
    asked: 0,
  };
  try {
    for await (const batch of validate(counted(rule, () => made.asked++))(input, createRunContext())) {
      // The keys in their order, since columns of a row have one.
      made.rows.push(...batch.rows.map((row) => Object.entries(row as object)));
      made.warnings.push(batch.warnings);
      made.rejects.push(
        ...batch.rejects.map(({ raw, ...rest }: RowReject) => ({ ...rest, raw: Buffer.from(raw).toString() })),
      );
    }
  } catch (error) {
    made.error = String(error);
  }
  return made;
};
