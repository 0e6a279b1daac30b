// The whole pipeline on this machine: `npm run demo`, or
// `node --conditions=@pipeline/source examples/orders-pipeline/demo.ts --help`.

import { Readable } from 'node:stream';
import { s3Store } from '@pipeline/core/s3';
import type { LocalStack } from '@pipeline/local';
import {
  BatchFailedError,
  createChunkBook,
  createProgressView,
  createWorkFolder,
  exitCodes,
  formatBytes,
  InterruptError,
  listenForInterrupt,
  type OutFolder,
  openOutFolder,
  printable,
  type SavedFile,
  type Step,
  saveResults,
  startStack,
  styleOf,
  UsageError,
  waitingSteps,
} from '@pipeline/local/terminal';
import { type AccessBook, createAccessBook } from './demo/access-book.ts';
import { chooseApp } from './demo/choose-app.ts';
import { isFailureMail } from './demo/mails.ts';
import { type DemoOptions, demoHelp, readDemoOptions } from './demo/options.ts';
import { chooseOrderFile, type OrderFile } from './demo/order-file.ts';
import { resultLines } from './demo/print-results.ts';
import { type DemoOutcome, type DemoRun, runBrokenDemo, runDemo } from './demo/run-demo.ts';
import { judge } from './demo/verdict.ts';

const style = styleOf(process.stdout);
const width = process.stdout.columns || 100;
const print = (...lines: readonly string[]): void => void process.stdout.write(`${lines.join('\n')}\n`);

const demo = async (options: DemoOptions, file: OrderFile, out: OutFolder, signal: AbortSignal): Promise<number> => {
  const chunks = createChunkBook();
  const trigger = Promise.withResolvers<never>();
  trigger.promise.catch(() => {}); // not awaited before the upload
  let onCommitted: () => void = () => {};
  const view = createProgressView();
  const starting: Step = { name: 'start', state: 'running' };
  view.show([starting, ...waitingSteps]);
  const startedAt = performance.now();
  const access = createAccessBook();
  const stack = await startStack(await chooseApp(options, file, signal), {
    signal,
    onAccess: access.note,
    onTriggerFailed: (reason) => trigger.reject(new BatchFailedError(`no batch was started: ${reason}`)),
    onLog: (line) => {
      chunks.note(line);
      if (line.line.includes('"message":"chunk.committed"')) onCommitted();
    },
  });
  const bytesPerRow = 74; // of the sample
  const run: DemoRun = {
    stack,
    chunks,
    file,
    signal,
    view,
    first: [{ ...starting, state: 'done', durationMs: performance.now() - startedAt }],
    triggerFailed: trigger.promise,
    print,
    style,
    width,
    expectedChunks:
      options.chunkRows === undefined ? 16 : Math.ceil(file.sizeBytes / (options.chunkRows * bytesPerRow)),
  };
  const listen = (listener: () => void): void => {
    onCommitted = listener;
  };
  try {
    const outcome = options.breakIt ? await runBrokenDemo(run, listen) : await runDemo(run);
    return await showResults(stack, access, outcome, options.out, out, signal);
  } finally {
    view.end();
    await stack.close();
  }
};

const showResults = async (
  stack: LocalStack,
  access: AccessBook,
  { output, progress }: DemoOutcome,
  folder: string,
  out: OutFolder,
  signal: AbortSignal,
): Promise<number> => {
  const mails = await stack.mails();
  const mail = mails.find((one) => !isFailureMail(one));
  const mailFiles: SavedFile[] = [];
  for (const [name, text = ''] of [
    ['mail.html', mail?.html],
    ['mail.txt', mail?.text],
  ] as const) {
    const bytes = Buffer.from(text);
    await out.write(name, Readable.from([bytes]));
    mailFiles.push({ name, bytes: bytes.length });
  }
  const results = await saveResults(output, { store: s3Store(stack.clients.s3), out, signal });
  print('', ...resultLines(results, { folder, mail, mailFiles, progress, stack, access }, style, width));
  const { holds, line } = await judge(results, folder, mails, access);
  print('', `${holds ? style.good(style.symbols.done) : style.bad(style.symbols.failed)} ${line}`);
  return holds ? exitCodes.done : exitCodes.batchFailed;
};

const main = async (args: readonly string[]): Promise<number> => {
  const options = readDemoOptions(args);
  if (options.help) {
    print(demoHelp.trimEnd());
    return exitCodes.done;
  }
  const interrupt = listenForInterrupt();
  const work = createWorkFolder();
  try {
    const file = await chooseOrderFile(options, work.folder, interrupt.signal);
    const out = await openOutFolder(options.out);
    print(`${style.bold(printable(file.name))}  ${formatBytes(file.sizeBytes)}, ${file.about}`, '');
    try {
      return await demo(options, file, out, interrupt.signal);
    } finally {
      await out.discard();
    }
  } catch (error) {
    interrupt.signal.throwIfAborted(); // what an abort makes fail is not what went wrong
    throw error;
  } finally {
    work.remove();
    interrupt.dispose();
  }
};

const codeOf = (error: unknown): number => {
  process.stderr.write(`demo: ${printable(error instanceof Error ? error.message : String(error))}\n`);
  if (error instanceof InterruptError) return error.exitCode;
  return error instanceof UsageError ? exitCodes.usage : exitCodes.batchFailed;
};

process.exit(await main(process.argv.slice(2)).catch(codeOf));
