import { PipelineError } from '@pipeline/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expectDeadLetters, expectLeastPrivilege, expectNoLoop, expectTimeouts } from './expectations.ts';
import { allFunctions, allParts, type Made, makePipeline, ofType, resourcesOf, synthMs } from './helpers.ts';

const segment = fc.constantFrom('a', 'b', 'in', 'input', 'out');
const prefix = fc
  .array(segment, { minLength: 0, maxLength: 3 })
  .map((parts) => parts.map((part) => `${part}/`).join(''));

/** Mostly places that lie in one another, and those that do not, in any order. */
const places = fc.oneof(
  fc.tuple(prefix, prefix, prefix, prefix, prefix),
  fc.shuffledSubarray(['a/', 'b/', 'in/', 'out/a/', 'out/b/'], { minLength: 5 }),
);

const options = fc.record({
  retain: fc.constantFrom('data' as const, 'nothing' as const),
  places: places.map(([input = '', work = '', output = '', archive = '', failed = '']) => ({
    input: { prefix: input },
    work: { prefix: work },
    output: { prefix: output },
    archive: { prefix: archive },
    failed: { prefix: failed },
  })),
  rejectTable: fc.boolean(),
  workDays: fc.integer({ min: 15, max: 400 }),
  maxConcurrency: fc.integer({ min: 1, max: 10_000 }),
  parts: fc.constantFrom({}, {}, { maxBatches: 7 }, { eventSource: 'orders' }, { containers: allParts.containers }),
  functions: fc.constantFrom(
    allFunctions,
    allParts.functions,
    (({ scan: _, ...rest }) => rest)(allFunctions),
    (({ replay: _, ...rest }) => rest)(allFunctions),
  ),
});

test(
  'any places and options are refused or give a template that cannot start itself and holds to all rules',
  () => {
    let taken = 0;
    fc.assert(
      fc.property(options, ({ parts, ...props }) => {
        let made: Made;
        try {
          made = makePipeline({ ...props, ...parts });
        } catch (error) {
          expect(PipelineError.is(error) && error.code).toBe('CONFIG_INVALID');
          return;
        }
        taken++;
        const resources = resourcesOf(made);
        const [[bucket]] = ofType(resources, 'AWS::S3::Bucket').filter(([id]) => id.includes('DataBucket')) as [
          [string, unknown],
        ];
        expectNoLoop(resources, bucket, props.places.input.prefix);
        expectLeastPrivilege(resources);
        expectDeadLetters(resources);
        expectTimeouts(resources);
      }),
      { numRuns: 40 },
    );
    expect(taken).toBeGreaterThan(5);
  },
  synthMs,
);
