import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventCheck } from '../src/middleware/event-check.ts';
import * as checks from '../src/events/event-checks.mjs';
import { eventSchemas } from '../src/events/event-schemas.ts';
import { writeChecks } from '../src/events/write-checks.ts';
import { compileEventSchema } from '../src/middleware/event-schema.ts';

const object = { bucket: 'orders', key: 'in.csv', etag: '"1"' };
const settings = {
  ...{ delimiter: ';', quote: '', loneCr: true, encoding: 'utf-8', header: ['a', 'b'], chunkRows: 5, plan: 'parallel' },
  aliases: { columns: { id: ['ID'] }, ignore: ['case'] },
  columns: ['id', { from: 'a', to: 'b' }],
  ...{ text: { nul: 'keep' }, output: { format: 'csv', headerRecord: false }, unpack: { maxRatio: 10.5 } },
};
const chunk = { index: 0, kind: 'range', source: 0, start: 1, end: 2, firstRow: null, rowCount: 3, route: 'task' };
const cursor = { batchId: 'b', etag: '"1"', offset: 1, nextRow: 2, nextIndex: 3, segments: ['s'] };
const range = { dialect: {}, gridStart: 0, stepBytes: 1, firstCell: 0, endCell: 1, sourceEnd: 2 };

/** One that fits, of each kind. */
const events: Readonly<Record<string, object>> = {
  archive: { batchId: 'b', source: object },
  batchStep: { batchId: 'b', manifest: object, startedAt: '2024-01-01' },
  intake: {},
  notify: { batchId: 'b', report: object },
  process: { batchId: 'b', manifest: object, settings, chunk },
  queue: { Records: [{ messageId: '1', body: '{}', attributes: {} }] },
  replay: { batchId: 'b', rejects: object, settings },
  scan: { batchId: 'b', planNumber: 1, task: { index: 0, object, range } },
  split: { batchId: 'b', source: object, settings, cursor, scanTasks: true },
  statusEvent: { detail: { executionArn: 'arn', status: 'FAILED', name: 'n' } },
};

type Path = readonly (string | number)[];
const pathsOf = (value: unknown, path: Path = []): readonly Path[] =>
  typeof value !== 'object' || value === null
    ? [path]
    : [path, ...Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, [...path, name]))];

/** The event with another value, or nothing, at a place. */
const changed = (value: unknown, [step, ...rest]: Path, other: unknown): unknown => {
  if (step === undefined) return other;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  const inner = changed(copy[step], rest, other);
  if (inner === undefined) delete copy[step];
  else copy[step] = inner;
  return copy;
};

const others = fc.constantFrom(
  ...[undefined, null, '', 'x', 'x'.repeat(17), '😀'.repeat(9), '😀'.repeat(17), 0, -1, 1.5, true, [], ['', 1], {}, object],
);

describe('the checks of events', () => {
  it('are made of the schemas as they are now', async () => {
    const { code, types } = writeChecks();
    const made = (name: string) => readFile(new URL(`../src/events/${name}`, import.meta.url), 'utf8');
    const again = 'node --conditions=@pipeline/source scripts/build-event-checks.ts';
    expect((await made('event-checks.mjs')) === code, again).toBe(true);
    expect((await made('event-checks.d.mts')) === types, again).toBe(true);
  });

  it.each(Object.keys(eventSchemas))('say of an event for %s what ajv says', (name) => {
    const check = (checks as Readonly<Record<string, EventCheck>>)[`${name}Check`]!;
    const compiled = compileEventSchema(eventSchemas[name]!);
    const told = (by: EventCheck, event: unknown) =>
      by(event) ? [] : by.errors?.map(({ instancePath, keyword, message }) => ({ instancePath, keyword, message }));
    const event = events[name];
    expect(told(check, event)).toEqual([]);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...pathsOf(event)), others), { minLength: 1, maxLength: 3 }),
        (changes) => {
          let bad: unknown = event;
          for (const [path, other] of changes)
            if (pathsOf(bad).some((known) => known.join('/') === path.join('/'))) bad = changed(bad, path, other);
          expect(told(check, bad)).toEqual(told(compiled, bad));
        },
      ),
    );
  });
});
