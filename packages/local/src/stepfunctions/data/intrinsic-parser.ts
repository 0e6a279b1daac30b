import type { Json } from './json.ts';

/** One argument of an intrinsic call. */
export type IntrinsicArgument =
  | { readonly kind: 'literal'; readonly value: Json; readonly raw?: string }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'call'; readonly call: IntrinsicCall };

/** A parsed intrinsic call such as `States.Format('{}', $.a)`. */
export interface IntrinsicCall {
  readonly name: string;
  readonly arguments: readonly IntrinsicArgument[];
}

const cache = new Map<string, IntrinsicCall>();

/**
 * Parses an intrinsic expression.
 *
 * @throws SyntaxError
 */
export function parseIntrinsic(text: string): IntrinsicCall {
  let call = cache.get(text);
  if (!call) {
    const reader = { text, at: 0 };
    call = readCall(reader);
    skipSpace(reader);
    if (reader.at !== text.length) throw new SyntaxError(`unexpected '${text.slice(reader.at)}' after the call`);
    cache.set(text, call);
  }
  return call;
}

interface Reader {
  readonly text: string;
  at: number;
}

function skipSpace(reader: Reader): void {
  while (/\s/.test(reader.text[reader.at] ?? '')) reader.at++;
}

function take(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.at;
  const match = pattern.exec(reader.text)?.[0];
  if (match !== undefined) reader.at += match.length;
  return match;
}

function readCall(reader: Reader): IntrinsicCall {
  const name = take(reader, /States\.[A-Za-z0-9]+/y);
  if (name === undefined) throw new SyntaxError(`expected a States.* function at '${reader.text.slice(reader.at)}'`);
  skipSpace(reader);
  if (reader.text[reader.at++] !== '(') throw new SyntaxError(`expected '(' after ${name}`);
  const values: IntrinsicArgument[] = [];
  skipSpace(reader);
  if (reader.text[reader.at] === ')') {
    reader.at++;
    return { name, arguments: values };
  }
  for (;;) {
    skipSpace(reader);
    values.push(readArgument(reader));
    skipSpace(reader);
    const end = reader.text[reader.at++];
    if (end === ')') return { name, arguments: values };
    if (end !== ',') throw new SyntaxError(`expected ',' or ')' in the arguments of ${name}`);
  }
}

function readArgument(reader: Reader): IntrinsicArgument {
  const first = reader.text[reader.at];
  if (first === "'") return readString(reader);
  if (first === '$') return { kind: 'path', path: readPath(reader) };
  if (reader.text.startsWith('States.', reader.at)) return { kind: 'call', call: readCall(reader) };
  const word = take(reader, /-?\d+(\.\d+)?([eE][+-]?\d+)?|true|false|null/y);
  if (word === undefined) throw new SyntaxError(`unexpected argument at '${reader.text.slice(reader.at)}'`);
  return { kind: 'literal', value: JSON.parse(word) as Json };
}

/** A path ends at the comma or parenthesis outside its own brackets and quotes. */
function readPath(reader: Reader): string {
  const start = reader.at;
  let depth = 0;
  let quote: string | undefined;
  for (; reader.at < reader.text.length; reader.at++) {
    const char = reader.text[reader.at]!;
    if (quote) {
      if (char === '\\') reader.at++;
      else if (char === quote) quote = undefined;
    } else if ((char === "'" || char === '"') && depth > 0) quote = char;
    else if (char === '[' || char === '(') depth++;
    else if (char === ']') depth--;
    else if (char === ')') {
      if (depth === 0) break;
      depth--;
    } else if (char === ',' && depth === 0) break;
  }
  return reader.text.slice(start, reader.at).trim();
}

function readString(reader: Reader): IntrinsicArgument {
  const start = ++reader.at;
  let value = '';
  for (; reader.at < reader.text.length; reader.at++) {
    const char = reader.text[reader.at]!;
    if (char === "'") {
      const raw = reader.text.slice(start, reader.at++);
      return { kind: 'literal', value, raw };
    }
    if (char === '\\') {
      const next = reader.text[++reader.at] ?? '';
      // Only quote, backslash and braces are escapes; a backslash before anything else stays.
      value += "'\\{}".includes(next) ? next : `\\${next}`;
    } else value += char;
  }
  throw new SyntaxError('a string in the arguments is not closed');
}
