import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainDialects, scanCases, scanDialects } from './arbitraries.ts';
import { type Found, foundByReference, kernelIsThere, type ScanCase, scanAll } from './scan-by.ts';

/** Every scan of the case finds what the reference does, and between two calls all of them stand in the same place. */
const agrees = (scan: ScanCase): void => {
  const { tables, ...sums } = foundByReference(scan);
  const all = scanAll(scan);
  for (const { by, fields, scanned } of all) {
    const { stands, ...found } = scanned;
    const wanted: Found = fields && tables !== undefined ? { ...sums, tables } : sums;
    expect({ by, ...found }).toEqual({ by, ...wanted });
    expect({ by, stands }).toEqual({ by, stands: all[0]!.scanned.stands });
  }
};

test('there is a kernel to be tested', () => {
  expect(kernelIsThere).toBe(true);
});

describe('kernel, state machine and reference see the same', () => {
  test('in every dialect, however the bytes are cut', () => {
    fc.assert(fc.property(scanCases(scanDialects), agrees), { numRuns: 2000 });
  });

  test('in plain RFC 4180, which the kernel takes alone', () => {
    fc.assert(fc.property(scanCases(plainDialects), agrees), { numRuns: 2000 });
  });

  test('under a cap that is smaller than, near or beyond what the kernel looks at', () => {
    const caps = fc.oneof(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 58, max: 70 }),
      fc.integer({ min: 100, max: 400 }),
    );
    let failures = 0;
    fc.assert(
      fc.property(scanCases(scanDialects), caps, (scan, maxRecordBytes) => {
        const capped = { ...scan, maxRecordBytes };
        agrees(capped);
        if (foundByReference(capped).error !== undefined) failures++;
      }),
      { numRuns: 2000 },
    );
    expect(failures).toBeGreaterThan(300);
  });
});
