import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createRejectFormatter, createRowFormatter, parseRows } from '@pipeline/chunker';
import { compose, createRunContext, createStage } from '@pipeline/core';
import { piecesOf } from '../../../chunker/bench/support/pieces.ts';
import type { Answer, Job, Works } from '../../../chunker/bench/support/work.ts';
import { compileRule, validate } from '../../src/index.ts';
import { type Order, orderSchema } from '../order-schema.ts';

const dialect = { delimiter: ',', quote: '"' };
const checked = validate(compileRule<Order>(orderSchema));

/** A stage of one's own that wants rows as objects. */
let turnover = 0;
const counted = compose(
  checked,
  createStage<Order, Order>((batch) => {
    for (const { quantity, unitPrice, discount } of batch.rows) turnover += quantity * unitPrice * (1 - discount);
    return batch;
  }),
);

/** Part of a file: records begin at `start` and end at `end`. */
export interface Part {
  readonly path: string;
  readonly columns: readonly string[];
  readonly start: number;
  readonly end: number;
}

/** Read, check, write rows and rejects as the worker of the pipeline does, to nowhere. */
export const process = async ({ path, columns, start, end }: Part, stage: typeof checked): Promise<Answer> => {
  const write = createRowFormatter({ source: columns, output: columns, dialect });
  const writeRejects = createRejectFormatter();
  let rows = 0;
  let rejected = 0;
  let issues = 0;
  let bytesWritten = 0;
  const input = parseRows(piecesOf(path, { start, end }), { columns, dialect, sourceOffset: start });
  for await (const batch of stage(input, createRunContext())) {
    rows += batch.positions.length;
    write(batch, (piece) => {
      bytesWritten += piece.length;
    });
    rejected += batch.rejects.length;
    for (const reject of batch.rejects) issues += reject.issues.length;
    writeRejects(batch.rejects, (piece) => {
      bytesWritten += piece.length;
    });
  }
  return { rows, rejected, issues, bytesWritten };
};

export const stages = { checked, counted };

const wholeOf = ({ file }: Job): Part => ({
  path: file.path,
  columns: file.columns,
  start: file.columns.join(',').length + 1,
  end: file.bytes,
});

/** Started on first use, so that the measured rounds find them running. */
let workers: readonly Worker[] = [];

const inWorker = async (worker: Worker, part: Part): Promise<Answer> => {
  worker.postMessage(part);
  const [answer] = (await once(worker, 'message')) as [Answer];
  return answer;
};

/** The record that begins at or behind a place that is no record's inside, as plain data has no other. */
const borderOf = async (path: string, near: number): Promise<number> => {
  for await (const piece of piecesOf(path, { start: near, end: near + 4096 })) return near + piece.indexOf(10) + 1;
  return near;
};

export const works: Works = {
  checks: (job) => process(wholeOf(job), stages.checked),
  objects: async (job) => {
    turnover = 0;
    const answer = await process(wholeOf(job), stages.counted);
    return Number.isFinite(turnover) && turnover > 0 ? answer : { rows: -1 };
  },
  twoWorkers: async (job) => {
    if (workers.length === 0) {
      workers = [1, 2].map(() => new Worker(new URL('../check-worker.ts', import.meta.url)));
      for (const worker of workers) worker.unref();
    }
    const whole = wholeOf(job);
    const border = await borderOf(whole.path, Math.ceil((whole.start + whole.end) / 2));
    const answers = await Promise.all([
      inWorker(workers[0]!, { ...whole, end: border }),
      inWorker(workers[1]!, { ...whole, start: border }),
    ]);
    const sum = (name: 'rows' | 'rejected' | 'issues' | 'bytesWritten'): number =>
      answers.reduce((total, answer) => total + (answer[name] ?? 0), 0);
    return { rows: sum('rows'), rejected: sum('rejected'), issues: sum('issues'), bytesWritten: sum('bytesWritten') };
  },
};
