// JSON Schemas of what the handlers take. Unknown fields are ignored, so that older and newer states mix while a batch runs.

const text = { type: 'string', minLength: 1 } as const;
const count = { type: 'integer', minimum: 0 } as const;

export const objectRefSchema = {
  type: 'object',
  required: ['bucket', 'key'],
  properties: { bucket: text, key: text, versionId: text, etag: text },
} as const;

export const settingsSchema = {
  type: 'object',
  properties: {
    delimiter: { type: 'string', minLength: 1, maxLength: 1 },
    chunkRows: { type: 'integer', minimum: 1 },
    chunkBytes: { type: 'integer', minimum: 1 },
    columns: { type: 'array', items: text, minItems: 1 },
  },
} as const;

const cursorSchema = {
  type: 'object',
  nullable: true,
  required: ['batchId', 'etag', 'offset', 'nextRow', 'nextIndex', 'segments'],
  properties: {
    batchId: text,
    etag: { type: 'string' },
    offset: count,
    nextRow: count,
    nextIndex: count,
    segments: { type: 'array', items: text },
  },
} as const;

export const splitSchema = {
  type: 'object',
  required: ['batchId', 'source', 'settings'],
  properties: { batchId: text, source: objectRefSchema, settings: settingsSchema, cursor: cursorSchema },
} as const;

export const processSchema = {
  type: 'object',
  required: ['batchId', 'manifest', 'chunk'],
  properties: {
    batchId: text,
    manifest: objectRefSchema,
    settings: settingsSchema,
    chunk: {
      type: 'object',
      required: ['index', 'kind', 'source', 'start', 'end', 'firstRow', 'rowCount'],
      properties: {
        index: count,
        kind: text,
        source: count,
        start: count,
        end: count,
        firstRow: count,
        rowCount: count,
        key: text,
        headerBytes: count,
      },
    },
  },
} as const;

export const batchStepSchema = {
  type: 'object',
  required: ['batchId', 'manifest'],
  properties: { batchId: text, manifest: objectRefSchema, startedAt: text },
} as const;

export const archiveSchema = {
  type: 'object',
  required: ['batchId', 'source'],
  properties: { batchId: text, source: objectRefSchema },
} as const;

export const notifySchema = {
  type: 'object',
  required: ['batchId', 'report'],
  properties: { batchId: text, report: objectRefSchema },
} as const;

/** EventBridge's "Step Functions Execution Status Change", of which these fields are used. */
export const statusEventSchema = {
  type: 'object',
  required: ['detail'],
  properties: {
    detail: {
      type: 'object',
      required: ['executionArn', 'status'],
      properties: { executionArn: text, status: { enum: ['FAILED', 'TIMED_OUT', 'ABORTED'] }, name: text },
    },
  },
} as const;
