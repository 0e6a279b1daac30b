import { readArguments, readWhole, UsageError } from '@pipeline/local/terminal';

/** What the demo was asked for. */
export interface DemoOptions {
  readonly rows: number;
  readonly file: string | undefined;
  readonly chunkRows: number | undefined;
  readonly delimiter: string;
  readonly breakIt: boolean;
  readonly api: boolean;
  readonly template: boolean;
  readonly out: string;
  readonly help: boolean;
}

export const demoHelp = `Usage: npm run demo -- [options]

Runs an order file through the whole pipeline on this machine: S3, Step
Functions, Lambda, DynamoDB and mail as real servers on loopback.

  --rows <n>        rows of the generated file; default 10,000, the checked-in
                    sample
  --file <f>        an order file of your own
  --chunk-rows <n>  rows in a chunk; default as many as make about 16 chunks
  --delimiter <c>   delimiter of the file, one character or \\t; default ,
  --break           loses the look-up table in mid-batch, shows the failure and
                    its mail, restores the table and redrives the execution
  --api             looks up through the signed API instead of the table, one
                    request for each row
  --template        synthesises the stack that is deployed, and runs it from its
                    template: its bundles, queues and rules, each function with
                    the key of its role and under the policies of that role
  --out <folder>    where the results go; default .pipeline/demo
  -h, --help        this text

Exit codes: 0 every row is accounted for, the results are on disk and one mail
was sent; 1 not so; 2 the call was wrong.
`;

const kinds = {
  rows: 'text',
  file: 'text',
  'chunk-rows': 'text',
  delimiter: 'text',
  break: 'flag',
  api: 'flag',
  template: 'flag',
  out: 'text',
  help: 'flag',
} as const;

/** @throws UsageError */
export const readDemoOptions = (args: readonly string[]): DemoOptions => {
  const { positionals, options } = readArguments(args, kinds, 'npm run demo --');
  if (positionals.length > 0) throw new UsageError(`unknown argument ${positionals[0]}; a file is given with --file`);
  if (options.file !== undefined && options.rows !== undefined)
    throw new UsageError('--file and --rows exclude each other');
  // The API's callers try again for minutes before a batch fails.
  if (options.break === true && options.api === true) throw new UsageError('--break and --api exclude each other');
  const delimiter = options.delimiter === '\\t' ? '\t' : (options.delimiter ?? ',');
  if (!/^[\t\u0020-\u007e]$/.test(delimiter) || delimiter === '"')
    throw new UsageError(
      `--delimiter must be one ASCII character other than a quote or newline, got ${JSON.stringify(options.delimiter)}`,
    );
  return {
    rows: options.rows === undefined ? 10_000 : readWhole('--rows', options.rows, 0),
    file: options.file,
    chunkRows: options['chunk-rows'] === undefined ? undefined : readWhole('--chunk-rows', options['chunk-rows']),
    delimiter,
    breakIt: options.break === true,
    api: options.api === true,
    template: options.template === true,
    out: options.out ?? '.pipeline/demo',
    help: options.help === true,
  };
};
