#!/usr/bin/env node
import metadata from '../../package.json' with { type: 'json' };
import { readArguments } from './arguments.ts';
import { BatchFailedError, exitCodes, InterruptError, UsageError } from './exit-codes.ts';
import { helpTexts } from './help.ts';
import { printable } from './progress/text.ts';

// Loaded when they are wanted: help and wrong calls are answered at once.
const commands = {
  run: async (args: readonly string[]) => (await import('./run/run-command.ts')).runCommand(args),
  replay: async (args: readonly string[]) => (await import('./replay/replay-command.ts')).replayCommand(args),
  trace: async (args: readonly string[]) => (await import('./trace/trace-command.ts')).traceCommand(args),
  validate: async (args: readonly string[]) => (await import('./validate/validate-command.ts')).validateCommand(args),
  preview: async (args: readonly string[]) => (await import('./preview/preview-command.ts')).previewCommand(args),
  infer: async (args: readonly string[]) => (await import('./infer/infer-command.ts')).inferCommand(args),
  'compile-rule': async (args: readonly string[]) =>
    (await import('./compile-rule/compile-rule-command.ts')).compileRuleCommand(args),
  report: async (args: readonly string[]) => (await import('./report/report-command.ts')).reportCommand(args),
  status: async (args: readonly string[]) => (await import('./status/status-command.ts')).statusCommand(args),
  redrive: async (args: readonly string[]) => (await import('./redrive/redrive-command.ts')).redriveCommand(args),
  serve: async (args: readonly string[]) => (await import('./serve/serve-command.ts')).serveCommand(args),
} as const;

const isCommand = (name: string): name is keyof typeof commands => Object.hasOwn(commands, name);

const dispatch = async ([first, ...rest]: readonly string[]): Promise<number> => {
  if (first !== undefined && isCommand(first)) {
    if (!wantsHelp(rest)) return commands[first](rest);
    process.stdout.write(helpTexts[first]);
    return exitCodes.done;
  }
  if (first === undefined) {
    process.stderr.write(helpTexts.pipeline);
    return exitCodes.usage;
  }
  if (!first.startsWith('-')) throw new UsageError(`unknown command ${JSON.stringify(first)}; see pipeline --help`);
  const { options } = readArguments([first, ...rest], { help: 'flag', version: 'flag' }, 'pipeline');
  process.stdout.write(options.version === true ? `${metadata.version}\n` : helpTexts.pipeline);
  return exitCodes.done;
};

/** Help is wanted whatever else is wrong with the call. */
const wantsHelp = (args: readonly string[]): boolean => {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).some((arg) => arg === '--help' || arg === '-h');
};

const say = (text: string): void => void process.stderr.write(`pipeline: ${printable(text)}\n`);

const codeOf = (error: unknown): number => {
  if (error instanceof InterruptError) {
    say(error.message);
    return error.exitCode;
  }
  const message = error instanceof Error && error.message !== '' ? error.message : String(error);
  say(message);
  if (error instanceof UsageError) return exitCodes.usage;
  if (!(error instanceof BatchFailedError) && process.env.PIPELINE_DEBUG !== undefined) console.error(error);
  return exitCodes.batchFailed;
};

// A reader that ends early (`| head`) has what it wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? exitCodes.done);
  throw error;
});

dispatch(process.argv.slice(2))
  .catch(codeOf)
  .then((code) => {
    process.exitCode = code;
    // Pipes are written asynchronously on some systems, and only what was written counts.
    process.stdout.write('', () => process.exit(code));
  });
