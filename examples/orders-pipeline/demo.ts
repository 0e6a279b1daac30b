// The whole pipeline on this machine: `npm run demo`, or
// `node --conditions=@pipeline/source examples/orders-pipeline/demo.ts --help`.

import { Readable } from 'node:stream';
import { s3Store } from '@pipeline/core/s3';
import {
  BatchFailedError,
  balance,
  type ChunkBook,
  createChunkBook,
  createWorkFolder,
  exitCodes,
  fileTable,
  formatBytes,
  formatDuration,
  InterruptError,
  issueTable,
  listenForInterrupt,
  openOutFolder,
  padEnd,
  printable,
  type Step,
  saveResults,
  startStack,
  styleOf,
  UsageError,
  wrap,
} from '@pipeline/local/terminal';
import { isFailureMail, mailLines } from './demo/mails.ts';
import { memoryLines } from './demo/memory.ts';
import { type DemoOptions, demoHelp, readDemoOptions } from './demo/options.ts';
import { chooseOrderFile } from './demo/order-file.ts';
import { runBrokenDemo, runDemo } from './demo/run-demo.ts';
import { judge } from './demo/verdict.ts';
import { ordersApp } from './local-app.ts';

const style = styleOf(process.stdout);
const width = process.stdout.columns || 100;
const print = (...lines: readonly string[]): void => void process.stdout.write(`${lines.join('\n')}\n`);

const labelled = (label: string, lines: readonly string[]): readonly string[] =>
  lines
    .flatMap((line) => wrap(line, width - 10))
    .map((line, index) => `  ${style.dim(padEnd(index === 0 ? label : '', 8))}${line}`);

const demo = async (options: DemoOptions, workFolder: string, signal: AbortSignal): Promise<number> => {
  const file = await chooseOrderFile(options, workFolder, signal);
  print(`${style.bold(printable(file.name))}  ${formatBytes(file.sizeBytes)}, ${file.about}`, '');

  const out = await openOutFolder(options.out);
  const chunks: ChunkBook = createChunkBook();
  const bytesPerRow = 74; // of the sample
  const expectedChunks =
    options.chunkRows === undefined ? 16 : Math.ceil(file.sizeBytes / (options.chunkRows * bytesPerRow));
  const trigger = Promise.withResolvers<never>();
  trigger.promise.catch(() => {}); // not awaited before the upload
  let onCommitted: () => void = () => {};
  const startedAt = performance.now();
  const stack = await startStack(
    ordersApp({
      FileDelimiter: options.delimiter,
      FinancialsSource: options.api ? 'api' : 'table',
      ...(options.chunkRows === undefined
        ? { ChunkBytes: Math.ceil(file.sizeBytes / 16) + 100 } // a chunk ends with a whole row, below its limit
        : { FileChunkSize: String(options.chunkRows) }),
      // The API's function needs processes beside those that wait for it; a batch of two breaks before it is done.
      ...(options.breakIt || options.api ? { MaxConcurrency: 2 } : {}),
    }),
    {
      signal,
      ...(options.api ? { maxProcesses: 6 } : {}),
      onTriggerFailed: (reason) => trigger.reject(new BatchFailedError(`no batch was started: ${reason}`)),
      onLog: (line) => {
        chunks.note(line);
        if (line.line.includes('"message":"chunk.committed"')) onCommitted();
      },
    },
  );
  try {
    const start: Step = { name: 'start', state: 'done', durationMs: performance.now() - startedAt };
    const run = {
      stack,
      chunks,
      file,
      signal,
      print,
      style,
      width,
      first: [start],
      triggerFailed: trigger.promise,
      expectedChunks,
    };
    const { output, progress } = options.breakIt
      ? await runBrokenDemo(run, (listener) => {
          onCommitted = listener;
        })
      : await runDemo(run);

    const mails = await stack.mails();
    const mail = mails.find((one) => !isFailureMail(one));
    await out.write('mail.html', Readable.from([Buffer.from(mail?.html ?? '')]));
    await out.write('mail.txt', Readable.from([Buffer.from(mail?.text ?? '')]));
    const results = await saveResults(output, { store: s3Store(stack.clients.s3), out, signal });

    const { report, files } = results;
    const issues = issueTable(report, style, width);
    const mailFiles = [
      { name: 'mail.html', bytes: Buffer.byteLength(mail?.html ?? '') },
      { name: 'mail.txt', bytes: Buffer.byteLength(mail?.text ?? '') },
    ];
    const stages = progress.stages.map(({ name, durationMs = 0 }) => `${name} ${formatDuration(durationMs)}`);
    print('', `${balance(report, style)}   ${style.dim(formatDuration(report.durationMs))}`);
    if (issues.length > 0) print('', ...issues);
    print('', ...fileTable(options.out, [...files, ...mailFiles], style));
    if (mail !== undefined) print('', ...mailLines(mail, style, width));
    print('', ...labelled('Time', [stages.join(', ')]), ...labelled('Memory', memoryLines(stack)));

    const { holds, line } = await judge(results, options.out, mails);
    print('', `${holds ? style.good(style.symbols.done) : style.bad(style.symbols.failed)} ${line}`);
    return holds ? exitCodes.done : exitCodes.batchFailed;
  } finally {
    await out.discard();
    await stack.close();
  }
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
    return await demo(options, work.folder, interrupt.signal);
  } catch (error) {
    interrupt.signal.throwIfAborted();
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
