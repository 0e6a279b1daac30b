import { once } from 'node:events';
import { runApp, runConcurrency } from '../../run-app/run-app.ts';
import type { LocalApp } from '../../stack/local-app.ts';
import type { StackPorts } from '../../stack/start-local-stack.ts';
import { readArguments, readWhole } from '../arguments.ts';
import { exitCodes, InterruptError, UsageError } from '../exit-codes.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { styleOf } from '../progress/style.ts';
import { printable } from '../progress/text.ts';
import { startStack } from '../start-stack.ts';
import { createWorkFolder } from '../work-folder.ts';
import { batchLine } from './batch-lines.ts';
import { loadApp, loadExample } from './find-app.ts';
import { welcome } from './welcome.ts';

const kinds = { example: 'text', app: 'text', port: 'text', verbose: 'flag', help: 'flag' } as const;

/** `pipeline serve`. */
export const serveCommand = async (args: readonly string[]): Promise<number> => {
  const { positionals, options } = readArguments(args, kinds, 'pipeline serve');
  if (positionals.length > 0) throw new UsageError(`serve takes no file, got ${positionals.join(', ')}`);
  if (options.example !== undefined && options.app !== undefined)
    throw new UsageError('--example and --app exclude each other');
  const ports = options.port === undefined ? {} : portsFrom(readWhole('--port', options.port, 1, 65_530));
  const app = await findApp(options);
  const interrupt = listenForInterrupt();
  const work = createWorkFolder();
  try {
    await serve(app, ports, options.verbose === true, interrupt.signal);
  } catch (error) {
    if (!(error instanceof InterruptError)) throw error; // to be stopped is how it ends
  } finally {
    work.remove();
    interrupt.dispose();
  }
  return exitCodes.done;
};

const portsFrom = (base: number): StackPorts => ({
  s3: base,
  dynamodb: base + 1,
  ses: base + 2,
  stepFunctions: base + 3,
  lambda: base + 4,
  api: base + 5,
});

const findApp = (options: { readonly example?: string; readonly app?: string }): LocalApp | Promise<LocalApp> => {
  if (options.example !== undefined) return loadExample(options.example, process.cwd());
  return options.app === undefined ? runApp() : loadApp(options.app);
};

const serve = async (app: LocalApp, ports: StackPorts, verbose: boolean, signal: AbortSignal): Promise<void> => {
  const style = styleOf(process.stdout);
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  if (process.stderr.isTTY) process.stderr.write('starting …\r');
  const stack = await startStack(app, {
    ports,
    signal,
    maxProcesses: runConcurrency + 3,
    onTriggerFailed: (reason) => print(style.bad(`an upload started no batch: ${printable(reason)}`)),
    onLog: ({ functionName, line }) => {
      if (verbose) process.stderr.write(`${functionName} ${line}\n`);
    },
  });
  try {
    process.stdout.write(welcome(stack, style));
    // One after the other, so that the end of a batch is never printed before its start.
    let printed: Promise<void> = Promise.resolve();
    stack.executions.onChange((execution) => {
      printed = printed
        .then(async () => print(await batchLine(stack, execution, style)))
        .catch((error: unknown) => {
          if (!signal.aborted) print(style.bad(printable(String(error))));
        });
    });
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await stack.close();
  }
};
