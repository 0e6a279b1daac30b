import { listPrices } from '@pipeline/handlers/report';

/** What a million rows are taken to be. */
export interface Load {
  readonly rows: number;
  readonly bytesPerRow: number;
  /** Rows a second through one function of one core, from S3 to S3, with look-ups. */
  readonly rowsPerSecond: number;
}

/** US dollars, by what they are paid for. */
export type Bill = Readonly<Record<'transitions' | 'calls' | 'compute' | 'requests' | 'lookUps', number>>;

export const load: Load = { rows: 1_000_000, bytesPerRow: 100, rowsPerSecond: 20_000 };

/** Prices that the report does not need; us-east-1, as known in November 2026. */
export const otherPrices = {
  /** https://aws.amazon.com/dynamodb/pricing/on-demand/ – per read request unit; an eventually consistent read takes half of one. */
  perReadUnit: 0.125 / 1_000_000,
  /** https://aws.amazon.com/api-gateway/pricing/ – REST API, per call. */
  perRestCall: 3.5 / 1_000_000,
};

const partBytes = 8 * 1024 * 1024;
const { perTransition, perInvocation, perGbSecond, perPut, perGet } = listPrices;

// #region ours
/** A batch of `chunks` chunks, workers of 1,769 MB, everything else together a minute at 1,024 MB. */
export const ours = ({ rows, bytesPerRow, rowsPerSecond }: Load, chunks: number): Bill => {
  const parts = Math.ceil((rows * bytesPerRow) / partBytes) + chunks;
  return {
    transitions: (9 + 2 * chunks) * perTransition,
    calls: (6 + chunks) * perInvocation,
    compute: ((rows / rowsPerSecond) * (1769 / 1024) + 60) * perGbSecond,
    requests: (11 + parts + 4 * chunks) * perPut + (20 + parts + 8 * chunks) * perGet,
    lookUps: rows * 0.5 * otherPrices.perReadUnit,
  };
};
// #endregion

// #region map
/** A Distributed Map over the CSV itself, 1,400 rows to a batch of 256 KiB, one function a batch, results as JSON. */
export const distributedMap = ({ rows, rowsPerSecond }: Load): Bill => {
  const batches = Math.ceil(rows / 1400);
  return {
    transitions: (2 + 2 * batches) * perTransition,
    calls: batches * perInvocation,
    compute: (rows / rowsPerSecond) * (1769 / 1024) * perGbSecond,
    requests: 4 * perPut + 20 * perGet,
    lookUps: rows * 0.5 * otherPrices.perReadUnit,
  };
};
// #endregion

// #region sample
/** The per-row sample: two transitions, two functions of 128 MB for 50 ms and one REST call for each row. */
export const perRowSample = ({ rows }: Load): Bill => ({
  transitions: rows * 2 * perTransition,
  calls: rows * 2 * perInvocation,
  compute: rows * 2 * 0.05 * (128 / 1024) * perGbSecond,
  requests: 0,
  lookUps: rows * (0.5 * otherPrices.perReadUnit + otherPrices.perRestCall),
});
// #endregion

export const totalOf = (bill: Bill): number => Object.values(bill).reduce((sum, dollars) => sum + dollars, 0);
