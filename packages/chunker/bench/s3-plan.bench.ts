import { measure } from './support/bars.ts';
import type { Result } from './support/contender.ts';
import { type DataFile, dataFile } from './support/data.ts';
import { partCount } from './support/parts.ts';
import { race } from './support/race.ts';
import { startS3 } from './support/s3.ts';

const bytes = 1e9;
const cutBytes = 50e6;
const all = ({ bytes }: DataFile) => ({ bytesRead: bytes });

for (const shape of ['plain', 'nasty'] as const) {
  const s3 = await startS3();
  await s3.load(dataFile(shape, bytes));
  await s3.load(dataFile(shape, cutBytes));
  const results = await race({
    title: 'Plan of an object through the SDK on loopback',
    shape,
    bytes,
    once: true,
    endpoint: s3.endpoint,
    truth: ({ rows }) => ({ rows }),
    check: s3.bytesRead,
    contenders: [
      { name: 'sequential plan', peer: 'ours-s3', work: 'sequential' },
      { name: 'parallel plan, one process', peer: 'ours-s3', work: 'parallel' },
      // It counts no rows; that its borders are right is proven by the workers, and tested elsewhere.
      { name: 'sampled plan', peer: 'ours-s3', work: 'sampled', truth: () => ({ parts: partCount }) },
      { name: 'bare GetObject stream, data events', peer: 'sdk', work: 'events', truth: all },
      { name: 'bare GetObject stream, for await', peer: 'sdk', work: 'iterated', truth: all },
      { name: 'split by csv-parse', peer: 'sdk', work: 'split', cutBytes },
    ],
  });
  s3.close();

  const label = `${shape} 1GB`;
  const bare = results.filter(({ name }) => name.startsWith('bare'));
  measure('planToBareStream', label, Math.min(...bare.map(({ ratio }) => ratio)));
  const find = (name: string): Result | undefined => results.find((result) => result.name === name);
  const sampled = find('sampled plan');
  const usual = find('split by csv-parse');
  if (sampled === undefined || usual === undefined) continue;
  const right = sampled.wrong === undefined;
  measure('sampledToCsvParse', label, right ? sampled.bytesPerSecond / usual.bytesPerSecond : undefined);
  measure('sampledShare', label, right ? (100 * sampled.answer.bytesRead!) / bytes : undefined);
}
