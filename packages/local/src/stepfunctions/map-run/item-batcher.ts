import { StateError } from '../data/errors.ts';
import { type Json, type Payload, payload } from '../data/json.ts';
import { exceedsLimit, MAX_PAYLOAD_BYTES } from '../data/limits.ts';
import { evaluateTemplate } from '../data/template.ts';
import { scopeOf, type Visit } from '../engine/input-output.ts';
import { integerAt, selectItem } from '../states/map-state.ts';
import type { ItemSource } from './item-reader.ts';
import type { PendingChild } from './map-run.ts';

/**
 * Turns items into the inputs of child executions: ItemSelector for each, then ItemBatcher over them.
 *
 * @throws StateError named States.DataLimitExceeded when one item alone is too long
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html
 */
export function childInputs(visit: Visit, source: ItemSource): AsyncGenerator<PendingChild> {
  return visit.state.ItemBatcher ? batches(visit, source) : singles(visit, source);
}

async function* selected(visit: Visit, { items, source }: ItemSource): AsyncGenerator<Payload> {
  let index = 0;
  for await (const item of items) {
    yield payload(selectItem(visit, item, { Item: { Index: index++, Value: item, Source: source } }));
  }
}

async function* singles(visit: Visit, source: ItemSource): AsyncGenerator<PendingChild> {
  let index = 0;
  for await (const input of selected(visit, source)) {
    if (exceedsLimit(input.text)) throw tooLong(visit);
    yield { index: index++, input, itemCount: 1 };
  }
}

async function* batches(visit: Visit, source: ItemSource): AsyncGenerator<PendingChild> {
  const { maxItems, maxBytes, batchInput } = batchLimits(visit);
  const head = batchInput === undefined ? '{"Items":[' : `{"BatchInput":${JSON.stringify(batchInput)},"Items":[`;
  const emptyBytes = Buffer.byteLength(head) + ']}'.length;
  let index = 0;
  let items: Payload[] = [];
  let bytes = emptyBytes;
  const close = (): PendingChild => {
    const json: Json = {
      ...(batchInput !== undefined && { BatchInput: batchInput }),
      Items: items.map((item) => item.json),
    };
    const text = `${head}${items.map((item) => item.text).join(',')}]}`;
    const child = { index: index++, input: { json, text }, itemCount: items.length };
    items = [];
    bytes = emptyBytes;
    return child;
  };
  for await (const item of selected(visit, source)) {
    const itemBytes = Buffer.byteLength(item.text);
    if (emptyBytes + itemBytes > maxBytes) throw tooLong(visit);
    const separator = items.length > 0 ? 1 : 0;
    if (items.length > 0 && (items.length >= maxItems || bytes + separator + itemBytes > maxBytes)) yield close();
    bytes += itemBytes + (items.length > 0 ? 1 : 0);
    items.push(item);
  }
  if (items.length > 0) yield close();
}

function batchLimits(visit: Visit): { maxItems: number; maxBytes: number; batchInput: Json | undefined } {
  const batcher = visit.state.ItemBatcher!;
  const at = (field: 'MaxItemsPerBatch' | 'MaxInputBytesPerBatch'): number | undefined => {
    const path = batcher[`${field}Path`];
    return path === undefined ? batcher[field] : integerAt(visit, `${field}Path`, path, `${field} cannot be negative.`);
  };
  const { engine, thread, current, input } = visit;
  return {
    // 0 is the same as not given.
    maxItems: at('MaxItemsPerBatch') || Number.POSITIVE_INFINITY,
    maxBytes: Math.min(at('MaxInputBytesPerBatch') || MAX_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES),
    batchInput:
      batcher.BatchInput === undefined
        ? undefined
        : evaluateTemplate(batcher.BatchInput, scopeOf(engine, thread, current, input)),
  };
}

function tooLong(visit: Visit): StateError {
  return new StateError(
    'States.DataLimitExceeded',
    `An item of the Map state '${visit.name}' exceeds the maximum number of bytes of a child execution's input.`,
  );
}
