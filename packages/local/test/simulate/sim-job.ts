import { type CsvRecord, compose, createStage, type RowIssue, rejectRows, type Stage } from '@pipeline/core';
import { createLookup, enrich, LookupSourceError } from '@pipeline/enrich';
import { currentInvocation } from '../faults/invocation.ts';
import type { Dice } from './dice.ts';
import type { Scheduler } from './scheduler.ts';

/** Text in every row, to be found in no log, mail or history. */
export const canary = 'Canary-90b2aa';

/** How many rows a chunk has. */
export const chunkRows = 8;

/** A version of the upload: its rows say which, and every ninth is bad. */
export const fileOf = (version: number, rows: number): string =>
  `id,amount,note\n${Array.from({ length: rows }, (_, row) => `${row},${row % 9 === 4 ? 'bad' : row},v${version} ${canary}\n`).join('')}`;

const badRows = createStage<CsvRecord, CsvRecord>((batch) =>
  rejectRows(batch, (index) => {
    if (batch.rows[index]!.amount !== 'bad') return undefined;
    const issue: RowIssue = {
      code: 'RULE_CUSTOM',
      rule: 'amount',
      column: 'amount',
      message: 'must be a number',
      severity: 'error',
    };
    return [issue];
  }),
);

/** Rejects bad rows and asks a look-up that answers differently every time: with who asks. */
export const simStage = (scheduler: Scheduler, dice: Dice): Stage<CsvRecord, unknown> => {
  const lookup = createLookup<string, string>({
    name: 'askers',
    load: async (keys, run) => {
      await scheduler.sleep(dice.latencyMs(), run.signal);
      if (dice.strikes('lookup')) throw new LookupSourceError('made to fail', { retryable: dice.random.chance(0.8) });
      return new Map(keys.map((key) => [key, currentInvocation()?.requestId ?? '']));
    },
  });
  return compose(
    badRows,
    enrich(lookup, {
      key: (row: CsvRecord) => row.id,
      columns: ['asker'],
      assign: (_: CsvRecord, asker: string) => ({ asker }),
      onMissing: 'reject',
    }),
  ) as Stage<CsvRecord, unknown>;
};
