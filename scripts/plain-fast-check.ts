// Stands in for fast-check in `npm run test:mutation`: the same runs every time, and no search for a smaller failure.
import { createRequire } from 'node:module';
import type * as FastCheck from 'fast-check';

const fc = createRequire(import.meta.url)('fast-check') as typeof FastCheck;

const assert = ((property: FastCheck.IRawProperty<unknown>, parameters: FastCheck.Parameters<unknown> = {}) =>
  fc.assert(property, { ...parameters, seed: 1, endOnFailure: true })) as typeof fc.assert;

export default { ...fc, assert };
