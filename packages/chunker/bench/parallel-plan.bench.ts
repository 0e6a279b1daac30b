import { measureRatio } from './support/bars.ts';
import { race } from './support/race.ts';

// One size: below a gigabyte the scan is over before two workers pay.
for (const shape of ['plain', 'nasty'] as const) {
  const results = await race({
    title: 'Plan of 50 chunks, two workers against one pass',
    shape,
    bytes: 1e9,
    truth: ({ rows }) => ({ rows }),
    contenders: [
      { name: 'two workers', peer: 'ours-parallel', work: 'parallel' },
      { name: 'sequential', peer: 'ours-parallel', work: 'sequential' },
    ],
  });
  measureRatio('parallelToSequential', `${shape} 1GB`, results, 'sequential');
}
