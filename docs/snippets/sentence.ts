import { processChunk, split } from '@pipeline/chunker';
import { compose, createRunContext } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { createLookup, enrich } from '@pipeline/enrich';
import { notify, oneBucket } from '@pipeline/handlers';
import { merge } from '@pipeline/merge';
import { compileRule, validate } from '@pipeline/validate';
import { fetchCustomers, link, notifier, type Order, orderSchema, upload } from './surroundings.ts';

const store = memoryStore(); // or s3Store(new S3Client())
await upload(store);

// #region sentence
const customers = createLookup({ name: 'customers', load: fetchCustomers, ratePerSecond: 50 });
const order = compose(
  validate(compileRule<Order>(orderSchema)),
  enrich(customers, {
    key: (row) => row.customerId,
    columns: ['tier'],
    assign: (_, customer) => ({ tier: customer.tier }),
  }),
);

const pipeline = { store, locations: oneBucket('orders'), run: createRunContext() };
const manifest = await split({ bucket: 'orders', key: 'input/orders.csv' }, pipeline);
for await (const chunk of manifest.chunks) await processChunk(chunk, order, pipeline); // Step Functions does this part in parallel
const report = await merge(manifest, pipeline);
await notify(report, { ...pipeline, notifier, link });

// #endregion

export { report };
