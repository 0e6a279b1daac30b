import { parseArgs } from 'node:util';
import { UsageError } from './exit-codes.ts';

/** The options of a command: `text` ones take a value, `list` ones take one each time that they are given. */
export type OptionKinds = Readonly<Record<string, 'text' | 'list' | 'flag'>>;

interface OptionValues {
  readonly text: string;
  readonly list: readonly string[];
  readonly flag: true;
}

export interface ParsedArguments<Kinds extends OptionKinds> {
  readonly positionals: readonly string[];
  readonly options: { readonly [Name in keyof Kinds]?: OptionValues[Kinds[Name]] };
}

const short: Readonly<Record<string, string>> = { help: 'h', version: 'v' };

/**
 * Reads a command's arguments, each option at most once, but for those that are lists.
 *
 * @throws UsageError naming the option that is wrong
 * @example
 * const args = ['run', 'orders.csv', '--out', 'results'];
 * const { positionals, options } = readArguments(args, { out: 'text' }, 'pipeline');
 * // positionals: ['run', 'orders.csv'], options: { out: 'results' }
 */
export const readArguments = <const Kinds extends OptionKinds>(
  args: readonly string[],
  kinds: Kinds,
  command: string,
): ParsedArguments<Kinds> => {
  const seeHelp = `see ${command} --help`;
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(kinds).map(([name, kind]) => [
        name,
        {
          type: kind === 'flag' ? ('boolean' as const) : ('string' as const),
          ...(short[name] === undefined ? {} : { short: short[name] }),
        },
      ]),
    ),
    allowPositionals: true,
    strict: false, // its messages take several lines
    tokens: true,
  });
  const positionals: string[] = [];
  const options: Record<string, string | string[] | true> = {};
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) throw new UsageError(`unknown option ${rawName}; ${seeHelp}`);
    if (kind !== 'list' && Object.hasOwn(options, name)) throw new UsageError(`${rawName} is given twice`);
    if (kind === 'flag' && value !== undefined) throw new UsageError(`${rawName} takes no value`);
    if (kind !== 'flag' && (value === undefined || value === '' || (inlineValue !== true && isOption(value, kinds))))
      throw new UsageError(`${rawName} needs a value; ${seeHelp}`);
    if (kind === 'list') options[name] = [...((options[name] as readonly string[] | undefined) ?? []), value!];
    else options[name] = kind === 'flag' ? true : value!;
  }
  return { positionals, options: options as ParsedArguments<Kinds>['options'] };
};

const isOption = (text: string, kinds: OptionKinds): boolean =>
  text.startsWith('--') && Object.hasOwn(kinds, text.slice(2));

/**
 * A whole number of at least `least`.
 *
 * @throws UsageError
 * @example
 * readWhole('--port', '8080', 1, 65_535); // 8080
 */
export const readWhole = (option: string, text: string, least = 1, most = Number.MAX_SAFE_INTEGER): number => {
  const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new UsageError(`${option} must be a whole number ${range}, got ${JSON.stringify(text)}`);
};
