import { createReadStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { s3Store } from '@pipeline/core/s3';
import { runApp } from '../../run-app/run-app.ts';
import type { RunSettings } from '../../run-app/settings.ts';
import type { LocalStack } from '../../stack/local-stack.ts';
import { type KeptBatch, keepBatch } from '../batch-folder/keep-batch.ts';
import { BatchFailedError, exitCodes } from '../exit-codes.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { waitingSteps } from '../progress/batch-steps.ts';
import { createChunkBook } from '../progress/chunk-book.ts';
import { createProgressView, type ProgressView } from '../progress/live-view.ts';
import type { Step } from '../progress/step.ts';
import { styleOf } from '../progress/style.ts';
import { formatBytes, formatDuration, printable } from '../progress/text.ts';
import { type OutFolder, openOutFolder } from '../results/out-folder.ts';
import { readAsLines } from '../results/read-as.ts';
import { type SavedResults, saveResults } from '../results/save-results.ts';
import { balance, fileTable, issueTable } from '../results/summary.ts';
import { startStack } from '../start-stack.ts';
import { createWorkFolder } from '../work-folder.ts';
import type { RunPlan } from './check-run.ts';
import { runBatch } from './run-batch.ts';

/** Runs what was checked, and answers the exit code. */
export const runPlan = async (plan: RunPlan): Promise<number> => {
  const startedAt = performance.now();
  const interrupt = listenForInterrupt();
  const out = await openOutFolder(plan.out);
  const work = createWorkFolder();
  const view: ProgressView = plan.json ? { show() {}, end() {} } : createProgressView();
  try {
    for (const note of plan.notes) process.stderr.write(`note: ${printable(note)}\n`);
    const results = await runOnStack(plan, out, work.folder, view, interrupt.signal);
    view.end();
    if (plan.json) await pipeline(createReadStream(path.join(plan.out, 'report.json')), process.stdout, { end: false });
    else process.stdout.write(summary(plan, results, performance.now() - startedAt));
    return exitCodes.done;
  } catch (error) {
    // What an abort makes fail is not what went wrong.
    interrupt.signal.throwIfAborted();
    throw error;
  } finally {
    view.end();
    await out.discard();
    work.remove();
    interrupt.dispose();
  }
};

const runOnStack = async (
  plan: RunPlan,
  out: OutFolder,
  workFolder: string,
  view: ProgressView,
  signal: AbortSignal,
): Promise<SavedResults> => {
  const chunks = createChunkBook();
  const trigger = Promise.withResolvers<never>();
  trigger.promise.catch(() => {}); // not awaited before the upload
  const startedAt = performance.now();
  const begun: Step = { name: 'start', state: 'running' };
  const save: Step = { name: 'save', state: 'waiting' };
  view.show([begun, ...waitingSteps, save]);
  const settingsFile = path.join(workFolder, 'settings.json');
  const stack = await startStack(runApp({ settingsFile, settings: (ready) => settingsOf(plan, ready) }), {
    signal,
    onTriggerFailed: (reason) => trigger.reject(new BatchFailedError(`no batch was started: ${reason}`)),
    onLog: (line) => {
      chunks.note(line);
      if (plan.verbose) process.stderr.write(`${line.functionName} ${line.line}\n`);
    },
  });
  try {
    const outside = Object.entries(stack.outside).map(([service, endpoint]) => `${service} at ${endpoint}`);
    const first: Step = { ...begun, state: 'done', durationMs: performance.now() - startedAt, details: outside };
    let shown: readonly Step[] = [];
    const output = await runBatch(stack, plan.input, {
      chunks,
      signal,
      triggerFailed: trigger.promise,
      show: (steps) => {
        shown = [first, ...steps];
        view.show([...shown, save]);
      },
    });
    const savingAt = performance.now();
    const onProgress = (done: number, total: number): void => {
      const state = done === total ? 'done' : 'running';
      const details = [state === 'done' ? formatBytes(total) : `${formatBytes(done)} of ${formatBytes(total)}`];
      view.show([...shown, { ...save, state, done, total, details, durationMs: performance.now() - savingAt }]);
    };
    const store = s3Store(stack.clients.s3);
    const results = await saveResults(output, { store, out, dryRun: plan.dryRun, signal, onProgress });
    if (results.report.rowsRejected > 0 && !plan.dryRun)
      await keepBatch(plan.out, results.report, keptOf(plan), { store, signal });
    return results;
  } finally {
    await stack.close();
  }
};

/** What a replay must know of this run; files by absolute paths, since it may start elsewhere. */
const keptOf = ({
  input,
  schema,
  reference,
  unique,
  batch,
}: RunPlan): Omit<KeptBatch, 'formatVersion' | 'batchId'> => ({
  source: path.resolve(input.path),
  sourceBytes: input.sizeBytes,
  settings: batch,
  ...(schema === undefined ? {} : { schema }),
  ...(unique === undefined ? {} : { unique }),
  ...(reference === undefined ? {} : { reference: { ...reference, path: path.resolve(reference.path) } }),
});

const settingsOf = async (plan: RunPlan, stack: LocalStack): Promise<RunSettings> => {
  const { schema, reference, unique, batch, dryRun } = plan;
  const rules = {
    batch,
    ...(schema === undefined ? {} : { schema }),
    ...(unique === undefined ? {} : { unique }),
  };
  if (reference === undefined || dryRun) return rules;
  const { path: file, ...rest } = reference;
  return { ...rules, reference: { ...rest, source: await stack.upload(`reference/${path.basename(file)}`, file) } };
};

const summary = (plan: RunPlan, { report, files }: SavedResults, durationMs: number): string => {
  const style = styleOf(process.stdout);
  const issues = issueTable(report, style, process.stdout.columns || 100);
  const readAs = readAsLines(report).map(printable);
  return [
    '',
    `${balance(report, style)}   ${style.dim(formatDuration(durationMs))}`,
    ...(readAs.length === 0 ? [] : ['', ...readAs]),
    ...(issues.length === 0 ? [] : ['', ...issues]),
    '',
    ...fileTable(plan.out, files, style),
    ...(plan.dryRun
      ? [
          '',
          `Dry run: the rows were validated only${plan.reference === undefined ? '' : ', nothing was looked up'}; there is no output.csv.`,
        ]
      : []),
    '',
  ].join('\n');
};
