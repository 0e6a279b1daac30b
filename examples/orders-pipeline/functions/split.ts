import { createSplitHandler } from '@pipeline/handlers';
import { orderColumns } from '../src/order-rule.ts';
import { events, surroundings } from '../src/surroundings.ts';

const { parameters, store, locations } = surroundings();

export const handler = createSplitHandler({
  store,
  locations,
  columns: { required: orderColumns, extra: 'refuse' },
  ...events(parameters),
  ...(parameters.chunkRoutes ? { routing: {} } : {}),
});
