// Writes the checked-in sample: `node --conditions=@pipeline/source examples/orders-pipeline/sample/write-sample.ts`.

import { writeFileSync } from 'node:fs';
import { orderFile } from './generate.ts';

writeFileSync(new URL('./orders.csv', import.meta.url), [...orderFile(10_000)].join(''));
