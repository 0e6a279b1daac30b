import { once } from 'node:events';
import { runApp } from '../../run-app/run-app.ts';
import type { LocalApp } from '../../stack/local-app.ts';
import type { StackPorts } from '../../stack/local-stack.ts';
import { exitCodes, InterruptError } from '../exit-codes.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { styleOf } from '../progress/style.ts';
import { printable } from '../progress/text.ts';
import { startStack } from '../start-stack.ts';
import { createWorkFolder } from '../work-folder.ts';
import { batchLine } from './batch-lines.ts';
import { loadApp, loadExample } from './find-app.ts';
import { welcome } from './welcome.ts';

export interface ServeOptions {
  /** Name of an example. */
  readonly example?: string;
  /** Path of a module. */
  readonly app?: string;
  readonly ports: StackPorts;
  readonly verbose: boolean;
}

/** Keeps an app up until a signal ends it, and answers the exit code. */
export const serveApp = async (options: ServeOptions): Promise<number> => {
  const app = await findApp(options);
  const interrupt = listenForInterrupt();
  const work = createWorkFolder();
  try {
    await serve(app, options.ports, options.verbose, interrupt.signal);
  } catch (error) {
    if (!(error instanceof InterruptError)) throw error; // to be stopped is how it ends
  } finally {
    work.remove();
    interrupt.dispose();
  }
  return exitCodes.done;
};

const findApp = ({ example, app }: ServeOptions): LocalApp | Promise<LocalApp> => {
  if (example !== undefined) return loadExample(example, process.cwd());
  return app === undefined ? runApp({ replays: true }) : loadApp(app);
};

const serve = async (app: LocalApp, ports: StackPorts, verbose: boolean, signal: AbortSignal): Promise<void> => {
  const style = styleOf(process.stdout);
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  if (process.stderr.isTTY) process.stderr.write('starting …\r');
  const stack = await startStack(app, {
    ports,
    signal,
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
