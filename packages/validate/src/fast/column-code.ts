import type { PatternTable } from '../patterns/run-program.ts';
import { fixedCode, fixedPattern } from './fixed-pattern.ts';
import type { ColumnChecks, NumberChecks, TextChecks } from './plan-columns.ts';

/** How fields are quoted: codes of single bytes, −1 for none. */
export interface Quoting {
  readonly quote: number;
  readonly escape: number;
}

/** The same in code: its numbers, or the names of variables that hold them. */
export type QuotingCode = Quoting | { readonly quote: 'quote'; readonly escape: 'escape' };

/** What the code of a column is made of besides its plan. */
export interface ColumnParts {
  /** Whether an empty field, or one of the other texts that count as no value, passes. */
  readonly emptyPasses: boolean;
  /** Texts that count as no value. */
  readonly nullTokens: readonly string[];
  /** For `pattern` and `format`: the steps that a text must pass, all of them. */
  readonly tables: readonly PatternTable[];
  /** For formats that have a check of their own: its name among the helpers. */
  readonly format?: 'isDate' | 'isTime' | 'isDateTime';
  /** White space around the text is not of it. */
  readonly trim: boolean;
}

/** Checks one field of a record: bytes `[s, e)`, or in doubt its text. */
export type CheckField = (bytes: Uint8Array, s: number, e: number, field: (column: number) => string) => boolean;

/**
 * The code of a function that checks one column where its fields lie. It says yes only where the rule does; whenever the
 * bytes do not settle that, `slow` decides on the field's text: no field fails without it. Only numbers and keywords stand in
 * it, and the names that `fieldNames` gives.
 */
export const columnCode = (checks: ColumnChecks, parts: ColumnParts, quoting: QuotingCode): string => {
  const body =
    checks.kind === 'text'
      ? textCode(checks, parts, quoting)
      : checks.kind === 'boolean'
        ? booleanCode
        : numberCode(checks);
  return `(bytes, s, e, field) => {
    let quoted = false;
    ${quoting.quote === -1 ? '' : unquoteCode(checks, parts, quoting)}
    if (s === e) return ${parts.nullTokens.includes('') && parts.emptyPasses ? true : inDoubt};
    ${parts.trim ? `if (${mayBeSpace('s')} || ${mayBeSpace('e - 1')}) return ${inDoubt};` : ''}
    ${tokenCode(parts)}
    ${body}
  }`;
};

/** White space beyond ASCII is told from its text. */
const mayBeSpace = (at: string): string => `bytes[${at}] <= 32 || bytes[${at}] > 127`;

const inDoubt = 'slow(field(column))';

/** Goes inside the quotes; quotes that stand for text, where that matters, are for `slow`. */
const unquoteCode = (checks: ColumnChecks, { tables }: ColumnParts, { quote, escape: mark }: QuotingCode): string => {
  const readsInside = tables.length > 0 || (checks.kind === 'text' && checks.oneOf !== undefined);
  const anywhere = mark === quote ? `b === ${quote}` : `b === ${quote} || b === ${mark}`;
  const look = readsInside || mark !== quote;
  const onlyIf = readsInside || typeof quote === 'number' ? '' : 'if (quote !== escape) ';
  return `if (bytes[s] === ${quote} && s < e) {
      if (e - s < 2 || bytes[e - 1] !== ${quote}) return ${inDoubt};
      s++; e--; quoted = true;
      ${look ? `${onlyIf}for (let k = s; k < e; k++) { const b = bytes[k]; if (${anywhere}) return ${inDoubt}; }` : ''}
    }`;
};

const tokenCode = ({ nullTokens, emptyPasses }: ColumnParts): string => {
  const tokens = nullTokens.filter((token) => token !== '');
  return tokens.length === 0 ? '' : `if (${isOneOf(tokens)}) return ${emptyPasses ? true : inDoubt};`;
};

const isOneOf = (texts: readonly string[]): string =>
  texts.length === 0 ? 'false' : texts.map((text) => `(${sameBytes(Buffer.from(text))})`).join(' || ');

const sameBytes = (bytes: Uint8Array): string =>
  [`e - s === ${bytes.length}`, ...[...bytes].map((byte, i) => `bytes[s + ${i}] === ${byte}`)].join(' && ');

/** Texts by their length, so that most are told apart by one comparison. */
const listCode = (texts: readonly string[]): string => {
  const lengths = Map.groupBy(texts, (text) => Buffer.byteLength(text));
  const cases = [...lengths].map(([length, same]) => {
    const tests = same.map((text) =>
      [...Buffer.from(text)].map((byte, i) => `bytes[s + ${i}] === ${byte}`).join(' && '),
    );
    return `case ${length}: if (!(${tests.map((test) => `(${test || 'true'})`).join(' || ')})) return ${inDoubt}; break;`;
  });
  return `switch (e - s) { ${cases.join('\n')} default: return ${inDoubt}; }`;
};

const textCode = (checks: TextChecks, { tables, format }: ColumnParts, { quote }: QuotingCode): string => {
  const { minLength = 0, maxLength, oneOf } = checks;
  const lines: string[] = [];
  if (oneOf !== undefined) lines.push(listCode(oneOf));
  if (minLength > 1 || maxLength !== undefined) {
    // A character has one to four bytes, and a quote may stand for half of one: mostly the number of bytes settles it.
    const settled = [
      ...(minLength > 1 ? [`e - s >= ${minLength * 8}`] : []),
      ...(maxLength === undefined ? [] : [`e - s <= ${maxLength}`]),
    ];
    lines.push(`if (!(${settled.join(' && ')})) {
        let n = 0;
        for (let k = s; k < e; k++) {
          const b = bytes[k];
          if (quoted && b === ${quote}) { if (bytes[++k] !== ${quote} || k >= e) return ${inDoubt}; }
          if ((b & 0xc0) !== 0x80) n++;
        }
        if (n < ${minLength} || n > ${maxLength ?? 'Infinity'}) return ${inDoubt};
      }`);
  }
  tables.forEach((table, i) => {
    const fixed = fixedPattern(table);
    if (fixed !== undefined) {
      lines.push(`if (!(${fixedCode(fixed)})) return ${inDoubt};`);
      return;
    }
    lines.push(`{
        const steps = tables[${i}];
        let state = ${table.start};
        for (let k = s; k < e; k++) {
          const b = bytes[k];
          if (b > 127) return ${inDoubt};
          state = steps[(state << 7) | b];
        }
        if (matches[${i}][state] !== 1) return ${inDoubt};
      }`);
  });
  if (format !== undefined) lines.push(`if (!${format}(bytes, s, e)) return ${inDoubt};`);
  return `${lines.join('\n')}\nreturn true;`;
};

/** The usual spellings; others are read as text. */
const booleanCode = `if (${isOneOf(['true', 'false', 'TRUE', 'FALSE', 'True', 'False'])}) return true;
    return ${inDoubt};`;

/** So many digits are held exactly by a double, and so is the power of ten that their point stands for. */
const maxDigits = 15;

const numberCode = (checks: NumberChecks): string => {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, oneOf } = checks;
  const fraction =
    checks.kind === 'integer'
      ? `if (k !== e) return ${inDoubt};`
      : `if (k !== e) {
        if (bytes[k] !== 46) return ${inDoubt};
        const point = ++k;
        for (; k < e; k++) { const c = (bytes[k] - 48) >>> 0; if (c > 9) return ${inDoubt}; v = v * 10 + c; }
        decimals = k - point;
        if (decimals === 0) return ${inDoubt};
        digits += decimals;
      }`;
  const bounds = [
    ...(minimum === undefined ? [] : [`v >= (${minimum})`]),
    ...(maximum === undefined ? [] : [`v <= (${maximum})`]),
    ...(exclusiveMinimum === undefined ? [] : [`v > (${exclusiveMinimum})`]),
    ...(exclusiveMaximum === undefined ? [] : [`v < (${exclusiveMaximum})`]),
    ...(oneOf === undefined ? [] : [`(${oneOf.map((value) => `v === (${value})`).join(' || ') || 'false'})`]),
  ];
  return `
    let k = s, v = 0, decimals = 0;
    const negative = bytes[k] === 45;
    if (negative) k++;
    const first = k;
    for (; k < e; k++) { const c = (bytes[k] - 48) >>> 0; if (c > 9) break; v = v * 10 + c; }
    let digits = k - first;
    if (digits === 0) return ${inDoubt};
    ${fraction}
    if (digits > ${maxDigits}) return ${inDoubt};
    if (decimals > 0) v /= powers[decimals];
    if (negative) v = -v;
    ${bounds.length === 0 ? '' : `if (!(${bounds.join(' && ')})) return ${inDoubt};`}
    ${multipleOf === undefined ? '' : `if (${notMultiple(multipleOf)}) return ${inDoubt};`}
    return true;`;
};

/** A number with at most `n` decimals is a multiple of `10^-n`, which is what money is checked for. */
const notMultiple = (divisor: number): string => {
  const places = /^(?:1|0\.0*1)$/.test(String(divisor)) ? String(divisor).replace(/^1$|^0\./, '').length : undefined;
  return `${places === undefined ? '' : `decimals > ${places} && `}!isMultiple(v)`;
};
