// Stands in for fast-check in `npm run test:long`: every property runs ten times as often, with a seed of its own.
import { createRequire } from 'node:module';
import type * as FastCheck from 'fast-check';

const fc = createRequire(import.meta.url)('fast-check') as typeof FastCheck;
const times = 10;
const seed = Date.now() & 0x7fffffff;

const assert = ((property: FastCheck.IRawProperty<unknown>, parameters: FastCheck.Parameters<unknown> = {}) =>
  // A failure prints the seed that repeats it.
  fc.assert(property, { ...parameters, seed, numRuns: (parameters.numRuns ?? 100) * times })) as typeof fc.assert;

export default { ...fc, assert };
