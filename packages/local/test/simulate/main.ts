// `npm run simulate -- --seed 1 --runs 500`: the whole job in one process, many times. See docs/reliability.md.

import { parseArgs } from 'node:util';
import { simulate } from './simulate.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '500' },
    trace: { type: 'boolean' },
  },
});
const first = Number(values.seed);
const runs = Number(values.runs);
const startedAt = performance.now();
const endings = new Map<string, number>();
let failed = 0;
let begun = 0;
let left = 0;
for (let seed = first; seed < first + runs; seed++) {
  const { violations, statuses, trace, uploads } = await simulate(seed);
  begun += uploads.begun;
  left += uploads.left;
  if (values.trace === true) console.log(trace);
  for (const status of Object.values(statuses)) endings.set(status, (endings.get(status) ?? 0) + 1);
  if (violations.length > 0) {
    failed++;
    console.log(
      `FAIL seed ${seed}: ${violations.join('; ')}\n     repeat it by: npm run simulate -- --seed ${seed} --runs 1 --trace`,
    );
  }
  if ((seed - first + 1) % 1000 === 0) console.log(`… ${seed - first + 1} runs`);
}
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
const ended = [...endings].map(([status, count]) => `${count} ${status}`).join(', ');
console.log(
  `${runs} runs from seed ${first} in ${seconds} s: ${runs - failed} hold, ${failed} do not (executions: ${ended}; multipart uploads: ${begun} begun, ${left} left by attempts that died)`,
);
process.exitCode = failed === 0 && runs > 0 ? 0 : 1;
