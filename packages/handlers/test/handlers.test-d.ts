import type { MiddlewareObj } from '@middy/core';
import type { CsvRecord, ObjectStore, Stage } from '@pipeline/core';
import type { Context } from 'aws-lambda';
import { expectTypeOf, test } from 'vitest';
import {
  type ArchiveOutput,
  createArchiveHandler,
  createHandler,
  createIntakeHandler,
  createMergeHandler,
  createProcessHandler,
  createResolveHandler,
  createScanHandler,
  createSplitHandler,
  type IntakeOutput,
  type MergeOutput,
  oneBucket,
  type ProcessInput,
  type ProcessOutput,
  type ResolveOutput,
  type ScanInput,
  type ScanOutput,
  type SplitInput,
  type SplitOutput,
  stateMachineDefinition,
} from '../src/index.ts';

declare const store: ObjectStore;
declare const stage: Stage<CsvRecord, { total: number }>;
declare const context: Context;
const locations = oneBucket('orders');

test('a handler takes its event and gives its answer', () => {
  const split = createSplitHandler({ store, locations });
  expectTypeOf(split({} as SplitInput, context)).resolves.toEqualTypeOf<SplitOutput>();
  const work = createProcessHandler({ stage, store, locations });
  expectTypeOf(work({} as ProcessInput, context)).resolves.toEqualTypeOf<ProcessOutput>();
  const scan = createScanHandler({ store, locations });
  expectTypeOf(scan({} as ScanInput, context)).resolves.toEqualTypeOf<ScanOutput>();
  expectTypeOf(createResolveHandler({ store, locations })).returns.resolves.toEqualTypeOf<ResolveOutput>();
  const merge = createMergeHandler({ store, locations, maxRejectRatio: 0.1 });
  expectTypeOf(merge).returns.resolves.toEqualTypeOf<MergeOutput>();
  expectTypeOf(createArchiveHandler({ store, locations })).returns.resolves.toEqualTypeOf<ArchiveOutput>();
  expectTypeOf(createIntakeHandler).returns.returns.resolves.toEqualTypeOf<IntakeOutput>();
});

test('a middleware of middy fits, general or of this event', () => {
  const general: MiddlewareObj = { before: () => {} };
  const requireTenant = (): MiddlewareObj<ProcessInput, ProcessOutput, Error, Context> => ({
    before: (request) => {
      expectTypeOf(request.event.batchId).toEqualTypeOf<string>();
    },
  });
  const handler = createProcessHandler({ stage, store, locations }).use(requireTenant()).use(general);
  expectTypeOf(handler({} as ProcessInput, context)).resolves.toEqualTypeOf<ProcessOutput>();
});

test('a handler of your own has the same shape', () => {
  const handler = createHandler<{ id: string }, { ok: true }>(
    {
      name: 'own',
      schema: { type: 'object' },
      work: async (event, run) => {
        expectTypeOf(event.id).toEqualTypeOf<string>();
        expectTypeOf(run.signal).toEqualTypeOf<AbortSignal>();
        return { ok: true };
      },
    },
    {},
  );
  expectTypeOf(handler({ id: '1' }, context)).resolves.toEqualTypeOf<{ ok: true }>();
});

test('what is needed is asked for', () => {
  // @ts-expect-error no stage
  createProcessHandler({ store, locations });
  const { failed: _, ...three } = locations;
  // @ts-expect-error the failed place is missing
  createSplitHandler({ store, locations: three });
  // @ts-expect-error a function is missing
  stateMachineDefinition({ SplitFunction: 'split' });
});
