import { measureRatio } from './support/bars.ts';
import { dataFile } from './support/data.ts';
import { race } from './support/race.ts';
import { startS3 } from './support/s3.ts';

const shape = 'nasty';
const bytes = 1e9;
const cutBytes = 50e6;
const usual = 'SDK + csv-parse + csv-stringify + lib-storage';

const s3 = await startS3();
await s3.load(dataFile(shape, bytes));
await s3.load(dataFile(shape, cutBytes));
const results = await race({
  title: 'Split into 50 objects with headers, S3 to S3 over loopback',
  shape,
  bytes,
  once: true,
  endpoint: s3.endpoint,
  truth: ({ rows }) => ({ rows }),
  check: (_, file) => s3.check(file),
  contenders: [
    { name: 'ours', peer: 'ours-s3', work: 'objects' },
    { name: usual, peer: 'sdk', work: 'split', cutBytes },
  ],
});
s3.close();
measureRatio('s3SplitToCsvParse', `${shape} 1GB`, results, usual);
