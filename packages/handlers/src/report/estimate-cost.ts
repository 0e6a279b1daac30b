import type { BatchReport } from '@pipeline/core';
import type { Prices } from './options.ts';

/** The stages that the report knows of. */
export type StageName = 'split' | 'process' | 'resolve' | 'merge';

/** What a stage used, and what that costs in US dollars. */
export interface StageCost {
  readonly stage: StageName;
  readonly gbSeconds: number;
  readonly dollars: number;
}

/** Bytes that one part of an upload holds. */
const partBytes = 8 * 1024 * 1024;

/**
 * Estimates what a batch costs on AWS, by stage: GB-seconds and calls of functions, transitions of the state machine, requests
 * to S3. Retries, look-ups, storage, logs and mail are not in it.
 */
export const estimateCost = (
  report: Pick<BatchReport, 'stageMs' | 'processMs' | 'chunkCount' | 'output' | 'sourceBytes' | 'rejects'>,
  memoryMb: number,
  prices: Prices,
): readonly StageCost[] => {
  const { stageMs, processMs, chunkCount: chunks, output, sourceBytes } = report;
  const rejects = report.rejects === undefined ? 0 : chunks;
  const cost = (stage: StageName, ms: number, use: Use): StageCost => {
    const gbSeconds = (ms / 1000) * (memoryMb / 1024);
    return {
      stage,
      gbSeconds,
      dollars:
        gbSeconds * prices.perGbSecond +
        use.calls * prices.perInvocation +
        use.transitions * prices.perTransition +
        use.puts * prices.perPut +
        use.gets * prices.perGet,
    };
  };
  const parts = Math.ceil(output.bytes / partBytes);
  const reads = Math.ceil(sourceBytes / partBytes);
  return [
    // The upload's event, the intake and the steps before the map.
    cost('split', stageMs?.split ?? 0, { calls: 2, transitions: 3, puts: 2, gets: 4 + reads }),
    // A child execution of one step for each chunk, its output, its rejects and its commit.
    cost('process', processMs, {
      calls: chunks,
      transitions: 1 + 2 * chunks,
      puts: parts + 2 * chunks + rejects,
      gets: reads + 3 * chunks,
    }),
    cost('resolve', stageMs?.resolve ?? 0, { calls: 1, transitions: 2, puts: 1, gets: chunks + 2 }),
    // With archive and notify behind it.
    cost('merge', stageMs?.merge ?? 0, { calls: 3, transitions: 3, puts: chunks + 8, gets: 2 * chunks + rejects + 8 }),
  ];
};

interface Use {
  readonly calls: number;
  readonly transitions: number;
  readonly puts: number;
  readonly gets: number;
}
