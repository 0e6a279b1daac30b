import { quote, type Refuse } from './rule-error.ts';
import { type Dialect, type JsonSchema, pointerStep } from './schema-keywords.ts';

/** Nesting and size that a schema may have; both far above what people write and far below what harms. */
export const schemaLimits = { maxDepth: 100, maxBytes: 1024 * 1024 } as const;

/** A schema as plain data of our own, and its dialect. */
export interface ReadSchema {
  readonly schema: JsonSchema;
  readonly dialect: Dialect;
}

const dialects: Readonly<Record<string, Dialect>> = {
  'http://json-schema.org/draft-07/schema': 'draft-07',
  'https://json-schema.org/draft-07/schema': 'draft-07',
  'https://json-schema.org/draft/2020-12/schema': '2020-12',
  'http://json-schema.org/draft/2020-12/schema': '2020-12',
};

/** Copies a schema after checking that it is JSON of a sane size, so that later changes to the caller's object do nothing. */
export const readSchema = (input: unknown, refuse: Refuse): ReadSchema => {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return refuse('', `expected a JSON Schema object, got ${input === null ? 'null' : kindOf(input)}`);
  }
  checkJson(input, refuse);
  const text = JSON.stringify(input);
  const bytes = Buffer.byteLength(text);
  if (bytes > schemaLimits.maxBytes) tooLarge(refuse, bytes);
  const schema = JSON.parse(text) as JsonSchema;
  return { schema, dialect: dialectOf(schema, refuse) };
};

const tooLarge = (refuse: Refuse, bytes?: number): never =>
  refuse(
    '',
    `expected at most ${schemaLimits.maxBytes} bytes of JSON, got ${bytes === undefined ? 'more' : String(bytes)}`,
  );

const checkJson = (input: object, refuse: Refuse): void => {
  // Every value costs two bytes of JSON or more. Counting bounds objects that share parts, which would unfold without end.
  let left = schemaLimits.maxBytes / 2;
  const visit = (value: unknown, pointer: string, depth: number): void => {
    if (--left < 0) tooLarge(refuse);
    if (depth > schemaLimits.maxDepth) refuse(shorten(pointer), `expected at most ${schemaLimits.maxDepth} levels`);
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
    if (typeof value === 'number' && Number.isFinite(value)) return;
    if (Array.isArray(value)) {
      value.forEach((item, index) => {
        visit(item, pointer + pointerStep(index), depth + 1);
      });
    } else if (typeof value === 'object' && isPlain(value)) {
      for (const [name, item] of Object.entries(value)) {
        if (item !== undefined) visit(item, pointer + pointerStep(name), depth + 1);
      }
    } else refuse(pointer, `expected plain JSON, got ${kindOf(value)}`);
  };
  visit(input, '', 0);
};

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || isForeignObjectPrototype(prototype);
};

/** `Object.prototype` of another realm, as schemas made inside a test runner or `vm` context have. */
const isForeignObjectPrototype = (prototype: unknown): boolean =>
  typeof prototype === 'object' &&
  prototype !== null &&
  Object.getPrototypeOf(prototype) === null &&
  Object.hasOwn(prototype, 'hasOwnProperty');

const kindOf = (value: unknown): string => {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`;
  return `an instance of ${value.constructor?.name ?? 'an unknown class'}`;
};

const shorten = (pointer: string): string => (pointer.length > 200 ? `${pointer.slice(0, 200)}…` : pointer);

const dialectOf = (schema: JsonSchema, refuse: Refuse): Dialect => {
  const given = schema.$schema;
  if (given === undefined) return 'draft-07';
  const dialect = typeof given === 'string' ? dialects[given.replace(/#$/, '')] : undefined;
  return (
    dialect ??
    refuse('/$schema', `expected one of ${Object.keys(dialects).filter(isCanonical).join(', ')}, got ${quote(given)}`)
  );
};

const isCanonical = (uri: string): boolean => uri.startsWith('https:') === uri.includes('2020-12');
