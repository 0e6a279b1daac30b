import { createSplitHandler } from '@pipeline/handlers';
import { orderColumns } from '../src/order-rule.ts';
import { surroundings } from '../src/surroundings.ts';

const { store, locations } = surroundings();

export const handler = createSplitHandler({ store, locations, columns: { required: orderColumns, extra: 'refuse' } });
