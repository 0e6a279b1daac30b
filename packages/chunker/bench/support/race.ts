import { announce } from './announce.ts';
import { type Contender, type Measurement, type Race, type Result, resultsOf } from './contender.ts';
import { type DataFile, dataFile } from './data.ts';
import { options } from './options.ts';
import { withFolder } from './out-folder.ts';
import { printTable } from './print-table.ts';
import { onPath } from './program.ts';
import { type Runner, startRunner } from './runner.ts';
import type { Answer } from './work.ts';

interface Entry {
  readonly contender: Contender;
  readonly file: DataFile;
  readonly runner: Runner;
  readonly speeds: number[];
  times: number;
  answer: Answer;
}

/** Long enough for the clock and the collector to even out. */
const leastMs = 300;

/**
 * Lets the contenders work in turn, each in its own process, round by round and back and forth, so that a slow moment of
 * the machine meets all of them, and prints the medians. Whoever fails leaves the race with the reason.
 */
export const race = async (race: Race): Promise<readonly Result[]> => {
  announce();
  const failures: string[] = [];
  const fail = (name: string, error: unknown): void => {
    failures.push(`${name}: ${(error as Error).message}`);
  };
  let entries: Entry[] = [];
  for (const contender of race.contenders) {
    const { name, peer, work, program, cutBytes = race.bytes } = contender;
    if (program !== undefined && !onPath(program)) {
      failures.push(`${name}: skipped, ${program} is not on the PATH`);
      continue;
    }
    const file = dataFile(race.shape, Math.min(cutBytes, race.bytes));
    try {
      const runner = await startRunner(peer, work);
      entries.push({ contender, file, runner, speeds: [], times: 1, answer: { rows: 0 } });
    } catch (error) {
      fail(name, error);
    }
  }
  // The first round tells how often to work in the others; the second one warms up.
  for (let round = -2; round < options.rounds; round++) {
    for (const entry of round % 2 === 0 ? entries : entries.toReversed()) {
      try {
        const ms = await turn(race, entry);
        if (round >= 0) entry.speeds.push((entry.file.bytes / ms) * 1000);
        else if (round === -2 && race.once !== true) entry.times = Math.min(20, Math.max(1, Math.ceil(leastMs / ms)));
      } catch (error) {
        fail(entry.contender.name, error);
        entries = entries.filter((other) => other !== entry);
        await entry.runner.end().catch(() => {});
      }
    }
  }
  const measured: Measurement[] = [];
  for (const entry of entries) measured.push({ ...entry, peakBytes: await entry.runner.end() });
  const results = resultsOf(race, measured);
  print(race, results);
  for (const failure of failures) console.log(`\n${failure}`);
  return results;
};

const turn = (race: Race, entry: Entry): Promise<number> =>
  withFolder(entry.file.bytes, async (out) => {
    const job = { file: entry.file, out, endpoint: race.endpoint ?? '' };
    const { ms, answer } = await entry.runner.run({ job, times: entry.times });
    entry.answer = { ...answer, ...(await race.check?.(out, entry.file)) };
    return ms;
  });

const figure = (value: number): string => {
  if (Number.isNaN(value)) return '';
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
};

const print = ({ title, shape, bytes }: Race, results: readonly Result[]): void => {
  console.log(`\n### ${title}, ${shape}, ${bytes / 1e6} MB (median of ${options.rounds} rounds)\n`);
  printTable(
    results.map(({ name, cutBytes, bytesPerSecond, rowsPerSecond, peakBytes, ratio, answer, wrong }) => ({
      '': cutBytes === undefined ? name : `${name} (on ${Math.round(cutBytes / 1e6)} MB)`,
      'MB/s': figure(bytesPerSecond / 1e6),
      'M rows/s': figure(rowsPerSecond / 1e6),
      'peak MB': (peakBytes / 1e6).toFixed(0),
      'ours is ×': figure(ratio),
      answer: [wrong === undefined ? '' : `wrong: ${wrong}`, answer.remark ?? ''].filter(Boolean).join('; '),
    })),
  );
};
