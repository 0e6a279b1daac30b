import { performance } from 'node:perf_hooks';
import type { BenchFile } from './data.ts';

/** One way to do the work; answers what it found, so that the work cannot be skipped and answers can be compared. */
export interface Contender {
  readonly name: string;
  run(file: BenchFile): Promise<number> | number;
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
};

/**
 * Runs all contenders in turn, round by round, so that a slow moment of the machine meets all of them, and prints the
 * median of each beside the first one's.
 */
export const compare = async (
  title: string,
  files: readonly BenchFile[],
  contenders: readonly Contender[],
  { rounds = 5, warmups = 1 } = {},
): Promise<void> => {
  for (const file of files) {
    const times = contenders.map((): number[] => []);
    const found = contenders.map(() => 0);
    for (let round = -warmups; round < rounds; round++) {
      for (const [i, contender] of contenders.entries()) {
        const start = performance.now();
        found[i] = await contender.run(file);
        if (round >= 0) times[i]!.push(performance.now() - start);
      }
    }
    const reference = median(times[0]!);
    const mebibytes = file.bytes.length / 1024 ** 2;
    console.log(`\n${title}, ${file.name} data, ${mebibytes.toFixed(0)} MiB, median of ${rounds} rounds`);
    console.table(
      Object.fromEntries(
        contenders.map(({ name }, i) => [
          name,
          {
            ms: Math.round(median(times[i]!)),
            'MiB/s': Math.round((mebibytes / median(times[i]!)) * 1000),
            'times the first': Number((reference / median(times[i]!)).toFixed(2)),
            found: found[i],
          },
        ]),
      ),
    );
  }
};
