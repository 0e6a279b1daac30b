import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { buildKernel } from '../../../../scripts/build-kernel.ts';

test("the kernel's code is what its source says", async () => {
  const committed = readFileSync(new URL('../../src/scan/kernel-code.ts', import.meta.url), 'utf8');
  expect(committed).toBe(await buildKernel());
});
