import { decodeField, type QuoteRules } from './decode-field.ts';

/**
 * Makes a row of a record's text. `ends` are the positions in `text` where its fields end, beginning at entry `at`; the
 * record stands at `[start, end)` and has as many fields as there are columns.
 */
export type MakeRow<Row> = (text: string, ends: Uint32Array, at: number, start: number, end: number) => Row;

export interface CompiledFields {
  readonly values: MakeRow<string[]>;
  readonly record: MakeRow<Record<string, string>>;
}

/** Above this, the code that is made would be too long for the engine to optimise. */
const mostUnrolled = 256;

/**
 * Makes the functions that turn a record into a row: code with one substring per column, since a literal that names all
 * fields is made several times as fast as an object that is filled in a loop.
 *
 * @param quotes - how quotes are read, or `undefined` for text in which no field begins with one
 */
export const compileFields = (columns: readonly string[], quotes: QuoteRules | undefined): CompiledFields => {
  const field =
    quotes === undefined
      ? (text: string, start: number, end: number): string => text.substring(start, end)
      : (text: string, start: number, end: number): string => decodeField(text, start, end, quotes);
  const last = columns.length - 1;
  const loop: CompiledFields = {
    values: (text, ends, at, start, end) => {
      const row = new Array<string>(columns.length);
      for (let i = 0; i <= last; i++)
        row[i] = field(text, i === 0 ? start : ends[at + i - 1]! + 1, i === last ? end : ends[at + i]!);
      return row;
    },
    record: (text, ends, at, start, end) => {
      const row: Record<string, string> = {};
      for (let i = 0; i <= last; i++)
        row[columns[i]!] = field(text, i === 0 ? start : ends[at + i - 1]! + 1, i === last ? end : ends[at + i]!);
      return row;
    },
  };
  if (columns.includes('__proto__'))
    // Headers may not have that name; whoever calls the parser with it gets a property, and no prototype.
    return {
      values: loop.values,
      record: (...place) => {
        const values = loop.values(...place);
        return Object.fromEntries(columns.map((name, i) => [name, values[i]!]));
      },
    };
  if (columns.length > mostUnrolled || !mayMakeCode()) return loop;
  // Only numbers and names as JSON stand in the code.
  const place = (i: number): string => `${i === 0 ? 'start' : `e${i - 1} + 1`}, ${i === last ? 'end' : `e${i}`}`;
  const known = columns.slice(0, -1).map((_, i) => `e${i} = ends[at + ${i}]`);
  const head = known.length === 0 ? '' : `const ${known.join(', ')};\n`;
  const cell = (i: number): string => {
    const simple = `text.substring(${place(i)})`;
    return quotes === undefined
      ? simple
      : `text.charCodeAt(${i === 0 ? 'start' : `e${i - 1} + 1`}) === ${quotes.quote.charCodeAt(0)} ? field(text, ${place(i)}) : ${simple}`;
  };
  const made = (literal: string): MakeRow<never> =>
    new Function('field', `return (text, ends, at, start, end) => {\n${head}return ${literal};\n}`)(
      field,
    ) as MakeRow<never>;
  return {
    values: made(`[${columns.map((_, i) => cell(i)).join(', ')}]`),
    record: made(`{ ${columns.map((name, i) => `${JSON.stringify(name)}: ${cell(i)}`).join(', ')} }`),
  };
};

let allowed: boolean | undefined;

/** Whether the process lets code be made of strings; `--disallow-code-generation-from-strings` forbids it. */
const mayMakeCode = (): boolean => {
  if (allowed !== undefined) return allowed;
  try {
    new Function('');
    allowed = true;
  } catch {
    allowed = false;
  }
  return allowed;
};
