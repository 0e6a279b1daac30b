import { type CsvRecord, createStage, type ObjectStore, PipelineError, rejectRows } from '@pipeline/core';
import { uniqueRows } from '@pipeline/validate';
import { expect, test } from 'vitest';
import { alterations, alteringReads } from '../../../merge/test/altered-reads.ts';
import { type Batch, bytesOf, merged, processed, repeatIssue, resolved } from './helpers.ts';

const rule = uniqueRows({ columns: ['id'] });
const source = 'id,n\na,1\nb,2\na,3\nbad,4\nc,5\nb,6\nc,7\nd,8\nbad,9\n';

/** Rejects some rows before their keys are gathered, so that chunks have rejects among which the repeats come. */
const stage = createStage<CsvRecord, CsvRecord>((batch) =>
  rejectRows(batch, (index) =>
    batch.rows[index]!.id === 'bad'
      ? [{ ...repeatIssue(rule, 1, 'bad'), code: 'RULE_CUSTOM', rule: 'word' }]
      : undefined,
  ),
);

const resultsOf = async (batch: Batch, store: ObjectStore): Promise<readonly string[]> => {
  await resolved({ manifest: batch.manifest, store: store as Batch['store'] }, [rule]);
  const { output, rejects } = await merged(batch);
  return [await bytesOf(batch.store, output.object), await bytesOf(batch.store, rejects?.object)];
};

test.each([{}, { format: 'jsonl' as const }, { compression: 'gzip' as const }])(
  'bytes that are altered on their way into the search for repeated rows end in an error, or change nothing (%j)',
  async (format) => {
    const batchOf = () => processed(source, { stage, sidecars: [rule], format });
    const sound = await batchOf();
    const watched = alteringReads(sound.store);
    const expected = await resultsOf(sound, watched.store);
    const objects = [...watched.read].filter((object) => /\/(processed|rejects|sidecars)\//.test(object));
    expect(objects.some((object) => object.includes('/sidecars/'))).toBe(true);
    expect(objects.some((object) => object.includes('/processed/'))).toBe(true);
    let refused = 0;
    for (const object of objects)
      for (const [what, how] of Object.entries(alterations)) {
        // Keys are read in ranges, which S3 has no checksums for; their lengths are proven.
        if (object.includes('/sidecars/') && how !== alterations['cut short'] && how !== alterations.empty) continue;
        const batch = await batchOf();
        const { store } = alteringReads(batch.store, { object, how });
        const outcome = await resultsOf(batch, store).catch((error: unknown) => error);
        const told = `${object} ${what}: ${outcome}`;
        if (Array.isArray(outcome)) expect(outcome, told).toEqual(expected);
        else {
          expect(PipelineError.is(outcome) && ['MERGE_MISMATCH', 'SOURCE_CORRUPT'].includes(outcome.code), told).toBe(
            true,
          );
          refused++;
        }
      }
    expect(refused).toBeGreaterThan(objects.length);
  },
);
