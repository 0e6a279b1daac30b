import { once } from 'node:events';
import type { LocalApp } from '../../stack/local-app.ts';
import type { StackPorts } from '../../stack/local-stack.ts';
import { exitCodes, InterruptError } from '../exit-codes.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { styleOf } from '../progress/style.ts';
import { printable } from '../progress/text.ts';
import { startStack } from '../start-stack.ts';
import { createWorkFolder } from '../work-folder.ts';
import { batchLine } from './batch-lines.ts';
import { findApp } from './find-app.ts';
import { findTemplate, type TemplateChoice } from './find-template.ts';
import { refusalLines } from './refusal-lines.ts';
import { welcome } from './welcome.ts';

export interface ServeOptions {
  /** Name of an example. */
  readonly example?: string;
  /** Path of a module. */
  readonly app?: string;
  /** A synthesised stack to run in place of either, which may say what its template does not. */
  readonly template?: TemplateChoice;
  readonly ports: StackPorts;
  readonly verbose: boolean;
}

/** Keeps an app up until a signal ends it, and answers the exit code. */
export const serveApp = async (options: ServeOptions): Promise<number> => {
  const { example, template } = options;
  const app = await (template === undefined
    ? findApp(example, options.app)
    : findTemplate(template, example, options.app));
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

const serve = async (app: LocalApp, ports: StackPorts, verbose: boolean, signal: AbortSignal): Promise<void> => {
  const style = styleOf(process.stdout);
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const refusals = refusalLines();
  if (process.stderr.isTTY) process.stderr.write('starting …\r');
  const stack = await startStack(app, {
    ports,
    signal,
    onTriggerFailed: (reason) => print(style.bad(`an upload started no batch: ${printable(reason)}`)),
    onAccess: (call) => {
      for (const line of refusals(call)) print(style.bad(printable(line)));
    },
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
