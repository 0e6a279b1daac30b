// `npm run test:faults`: every call of a batch to the outside fails once in every way. See docs/reliability.md.
//   -- --only <part of a name>   repeats the runs of that name
//   -- --workers <n>             processes side by side, default 2

import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Outcome, sweep } from './sweep.ts';
import { tableOf } from './table.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    workers: { type: 'string', default: String(Math.min(4, availableParallelism())) },
    shard: { type: 'string' },
  },
});
const { only, shard } = values;

if (shard !== undefined) {
  const [nth = 0, of = 1] = shard.split('/').map(Number);
  await sweep(
    (name, index) => (only === undefined || name.includes(only)) && index % of === nth,
    (outcome) => process.send!(outcome),
  );
  process.disconnect();
} else {
  const of = only === undefined ? Math.max(1, Number(values.workers)) : 1;
  const startedAt = performance.now();
  const outcomes: Outcome[] = [];
  const workers = Array.from({ length: of }, (_, nth) => {
    const args = ['--shard', `${nth}/${of}`, ...(only === undefined ? [] : ['--only', only])];
    const child = fork(fileURLToPath(import.meta.url), args);
    child.on('message', (outcome: Outcome) => {
      outcomes.push(outcome);
      for (const violation of outcome.violations) console.log(`FAIL ${outcome.name}\n     ${violation}`);
      if (only !== undefined && outcome.violations.length === 0)
        console.log(
          `ok   ${outcome.name} (${outcome.statuses.join(', then ')}, ${Math.round(outcome.tookMs / 1000)} s, ${outcome.realMs} ms)`,
        );
      if (outcomes.length % 100 === 0) console.log(`… ${outcomes.length} runs`);
    });
    return new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
  });
  const codes = await Promise.all(workers);
  const failed = outcomes.filter(({ violations }) => violations.length > 0);
  const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
  console.log(`\n${tableOf(outcomes)}\n`);
  console.log(
    `${outcomes.length} runs in ${minutes} min, ${outcomes.length - failed.length} passed, ${failed.length} failed`,
  );
  const redriven = outcomes.filter(({ statuses }) => statuses.length > 1).length;
  const longest = outcomes.reduce((most, { tookMs }) => Math.max(most, tookMs), 0);
  console.log(
    `${redriven} needed a redrive; the longest took ${Math.round(longest / 1000)} s by the clock of the batch`,
  );
  if (failed.length > 0) console.log(`repeat one by: npm run test:faults -- --only '${failed[0]!.name}'`);
  process.exitCode = failed.length === 0 && outcomes.length > 0 && codes.every((code) => code === 0) ? 0 : 1;
}
