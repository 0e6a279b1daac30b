import { checkAliases, checkDialect, checkOutputFormat, type HeaderAliases, readHeader } from '@pipeline/chunker';
import { type CsvEncoding, defaultLimits, PipelineError, type PlanMode } from '@pipeline/core';
import type { BatchSettings } from '@pipeline/handlers';
import { readWhole } from '../arguments.ts';
import { UsageError } from '../exit-codes.ts';

/** Options that say how an input is read. */
export const sourceKinds = {
  detect: 'flag',
  delimiter: 'text',
  quote: 'text',
  escape: 'text',
  comment: 'text',
  encoding: 'text',
  'skip-lines': 'text',
  header: 'text',
  'no-header': 'flag',
  aliases: 'text',
  'loose-names': 'flag',
} as const;

/** Options of `run` that say how the input is read, how it is planned, and what the output looks like. */
export const formatKinds = {
  ...sourceKinds,
  format: 'text',
  compress: 'text',
  quoting: 'text',
  'formula-guard': 'flag',
  plan: 'text',
  'chunk-rows': 'text',
  'chunk-bytes': 'text',
  'chunk-count': 'text',
} as const;

/** What the user gave for them. */
export type FormatOptions = {
  readonly [Name in keyof typeof formatKinds]?: (typeof formatKinds)[Name] extends 'text' ? string : true;
};

type SourceSettings = Pick<
  BatchSettings,
  'detect' | 'delimiter' | 'quote' | 'escape' | 'comment' | 'encoding' | 'skipLines' | 'header' | 'aliases'
>;

/**
 * How the input is read.
 *
 * @throws UsageError
 */
export const readSource = (options: FormatOptions): SourceSettings => {
  exclude(options, 'header', 'no-header');
  exclude(options, 'aliases', 'no-header');
  exclude(options, 'aliases', 'header');
  if (options['loose-names'] === true && options.aliases === undefined)
    throw new UsageError('--loose-names needs --aliases, the names that are compared');
  const { quote } = options;
  const settings: SourceSettings = {
    ...(options.detect === true ? { detect: true } : {}),
    // Detection finds what is not said; without it a comma is.
    ...(options.delimiter === undefined && options.detect === true
      ? {}
      : {
          delimiter: readCharacter(
            '--delimiter',
            options.delimiter ?? ',',
            'one ASCII character other than a quote or newline',
          ),
        }),
    ...(quote === undefined
      ? {}
      : { quote: quote === 'none' ? '' : readCharacter('--quote', quote, `${asciiCharacter}, or none`) }),
    ...(options.escape === undefined ? {} : { escape: readCharacter('--escape', options.escape, asciiCharacter) }),
    ...(options.comment === undefined ? {} : { comment: readCharacter('--comment', options.comment, asciiCharacter) }),
    ...(options.encoding === undefined ? {} : { encoding: readEncoding(options.encoding) }),
    ...(options['skip-lines'] === undefined ? {} : { skipLines: readWhole('--skip-lines', options['skip-lines'], 0) }),
    ...(options['no-header'] === true ? { header: 'none' } : {}),
    ...(options.header === undefined ? {} : { header: readNames('--header', options.header) }),
    ...(options.aliases === undefined
      ? {}
      : { aliases: readAliases(options.aliases, options['loose-names'] === true) }),
  };
  return orUsage(() => checkDialect(settings), settings);
};

/**
 * What the output looks like; nothing where it is CSV as the input.
 *
 * @throws UsageError
 */
export const readOutput = (options: FormatOptions): BatchSettings['output'] => {
  const { format, compress, quoting } = options;
  const csvOnly = (['quoting', 'formula-guard'] as const).find((name) => options[name] !== undefined);
  if (format === 'jsonl' && csvOnly !== undefined)
    throw new UsageError(`--${csvOnly} is for CSV, and --format is jsonl`);
  const output: NonNullable<BatchSettings['output']> = {
    ...(format === undefined ? {} : { format: oneOf('--format', format, ['csv', 'jsonl']) }),
    ...(compress === undefined ? {} : { compression: oneOf('--compress', compress, ['gzip', 'zstd']) }),
    ...(quoting === undefined ? {} : { quoting: oneOf('--quoting', quoting, ['as-source', 'minimal', 'always']) }),
    ...(options['formula-guard'] === true ? { formulaGuard: true } : {}),
  };
  return orUsage(() => checkOutputFormat(output), Object.keys(output).length === 0 ? undefined : output);
};

type ChunkSettings = Pick<BatchSettings, 'chunkRows' | 'chunkBytes' | 'chunkCount' | 'plan'>;

/**
 * Into which chunks the input is cut, and how their borders are found, as far as the user says it.
 *
 * @throws UsageError
 */
export const readChunks = (options: FormatOptions): ChunkSettings => {
  exclude(options, 'chunk-rows', 'chunk-bytes');
  exclude(options, 'chunk-rows', 'chunk-count');
  exclude(options, 'chunk-bytes', 'chunk-count');
  const { 'chunk-rows': rows, 'chunk-bytes': bytes, 'chunk-count': count } = options;
  const plan = options.plan === undefined ? undefined : oneOf('--plan', options.plan, plans);
  if (rows !== undefined && plan !== undefined && plan !== 'sequential')
    throw new UsageError(`--chunk-rows needs --plan sequential: rows are counted one after the other, got ${plan}`);
  return {
    ...(plan === undefined ? {} : { plan }),
    ...(rows === undefined ? {} : { chunkRows: readWhole('--chunk-rows', rows) }),
    ...(bytes === undefined ? {} : { chunkBytes: readWhole('--chunk-bytes', bytes) }),
    ...(count === undefined ? {} : { chunkCount: readWhole('--chunk-count', count) }),
  };
};

const MIB = 1024 * 1024;

/** Sixteen chunks, each of whole rows and so a little below its limit: enough for every core, and few enough that starting them does not count. */
export const sized = (chunks: ChunkSettings, sizeBytes: number): ChunkSettings =>
  (chunks.chunkRows ?? chunks.chunkBytes ?? chunks.chunkCount) !== undefined
    ? chunks
    : { ...chunks, chunkBytes: Math.min(64 * MIB, Math.max(256 * 1024, Math.ceil(sizeBytes / 15.9))) };

const plans: readonly PlanMode[] = ['sequential', 'parallel', 'sampled'];

/**
 * Names of columns, written as in a header, so that one with a comma can be quoted.
 *
 * @throws UsageError
 */
export const readNames = (option: string, text: string): readonly string[] => {
  try {
    return readHeader(Buffer.from(text), {
      dialect: { delimiter: ',', quote: '"' },
      limits: defaultLimits,
      object: option,
      complete: true,
    }).columns;
  } catch (error) {
    if (!PipelineError.is(error)) throw error;
    throw new UsageError(
      `${option} must be names of columns, each once, separated by commas, got ${JSON.stringify(text)}`,
    );
  }
};

/** `name=alias,name=alias`, written as a header so that a part with a comma can be quoted; a name may have several. */
const readAliases = (text: string, loose: boolean): HeaderAliases => {
  const columns: Record<string, string[]> = {};
  for (const pair of readNames('--aliases', text)) {
    const at = pair.indexOf('=');
    const [to, from] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    if (at < 0 || to === '' || from === '')
      throw new UsageError(`--aliases must be pairs such as id="Order ID", got ${JSON.stringify(pair)}`);
    if (to in Object.prototype) throw new UsageError(`--aliases: ${JSON.stringify(to)} cannot be the name of a column`);
    columns[to] = [...(columns[to] ?? []), from];
  }
  const aliases: HeaderAliases = { columns, ...(loose ? { ignore: ['case', 'spaces', 'punctuation'] } : {}) };
  return orUsage(() => checkAliases(aliases), aliases);
};

const asciiCharacter = 'one ASCII character other than a newline';

const readCharacter = (option: string, text: string, expected: string): string => {
  const character = text === '\\t' ? '\t' : text;
  // It is one byte of the file; a quote as delimiter cannot be told from its other meaning.
  if (/^[\t\u0020-\u007e]$/.test(character) && !(option === '--delimiter' && character === '"')) return character;
  throw new UsageError(`${option} must be ${expected}, got ${JSON.stringify(text)}`);
};

const encodings: readonly CsvEncoding[] = ['utf-8', 'utf-16le', 'utf-16be', 'iso-8859-1', 'windows-1252'];

const readEncoding = (text: string): CsvEncoding => oneOf('--encoding', text.toLowerCase(), encodings, text);

const oneOf = <T extends string>(option: string, text: string, choices: readonly T[], given = text): T => {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  const list = `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
  throw new UsageError(`${option} must be ${list}, got ${JSON.stringify(given)}`);
};

const exclude = (options: FormatOptions, a: keyof FormatOptions, b: keyof FormatOptions): void => {
  if (options[a] !== undefined && options[b] !== undefined)
    throw new UsageError(`--${a} and --${b} exclude each other`);
};

/** What contradicts itself is told in the words of the library, under the option's name here. */
const orUsage = <T>(check: () => unknown, checked: T): T => {
  try {
    check();
    return checked;
  } catch (error) {
    if (!PipelineError.is(error)) throw error;
    const { option, expected, got } = error.details;
    throw new UsageError(`--${option} must be ${expected}, got ${got}`);
  }
};
