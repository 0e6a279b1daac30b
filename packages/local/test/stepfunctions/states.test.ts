import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, outputOf, single, startHarness } from './harness.ts';

let local: Harness;
beforeAll(async () => {
  local = await startHarness();
});
afterAll(() => local.close());

describe('Pass', () => {
  it('gives its Result, its Parameters or its input', async () => {
    expect(outputOf(await local.run(single({ Type: 'Pass', Result: { a: 1 }, End: true })))).toEqual({ a: 1 });
    expect(outputOf(await local.run(single({ Type: 'Pass', End: true }), [1]))).toEqual([1]);
    const template = { 'b.$': '$.a', fixed: [{ 'c.$': '$.a[0]' }] };
    expect(outputOf(await local.run(single({ Type: 'Pass', Parameters: template, End: true }), { a: [7] }))).toEqual({
      b: [7],
      fixed: [{ c: 7 }],
    });
  });
});
