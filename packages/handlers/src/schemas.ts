// JSON Schemas of what the handlers take. Unknown fields are ignored, so that older and newer states mix while a batch runs.

const text = { type: 'string', minLength: 1 } as const;
const count = { type: 'integer', minimum: 0 } as const;

export const objectRefSchema = {
  type: 'object',
  required: ['bucket', 'key'],
  properties: { bucket: text, key: text, versionId: text, etag: text },
} as const;

// Where a text of several characters may stand is `checkDialect`'s to say.
const token = { type: 'string', minLength: 1, maxLength: 16 } as const;
const tokenOrNone = { type: 'string', maxLength: 16 } as const;
const flag = { type: 'boolean' } as const;
const whole = { type: 'integer', minimum: 1 } as const;
const oneOf = (...choices: readonly string[]) => ({ type: 'string', enum: choices });

export const settingsSchema = {
  type: 'object',
  properties: {
    delimiter: token,
    quote: tokenOrNone,
    escape: token,
    comment: tokenOrNone,
    loneCr: flag,
    encoding: oneOf('utf-8', 'utf-16le', 'utf-16be', 'iso-8859-1', 'windows-1252'),
    skipLines: count,
    header: { anyOf: [oneOf('first', 'none'), { type: 'array', items: text, minItems: 1 }] },
    aliases: {
      type: 'object',
      required: ['columns'],
      properties: {
        columns: { type: 'object', additionalProperties: { type: 'array', items: text } },
        ignore: { type: 'array', items: oneOf('case', 'spaces', 'punctuation') },
      },
    },
    detect: flag,
    minConfidence: { type: 'number', minimum: 0, maximum: 1 },
    unpack: {
      type: 'object',
      properties: { maxRatio: { type: 'number', minimum: 1 }, maxBytes: { type: 'number', minimum: 1 } },
    },
    text: {
      type: 'object',
      properties: { invalid: oneOf('reject', 'replace'), nul: oneOf('reject', 'replace', 'keep') },
    },
    records: {
      type: 'object',
      properties: {
        ragged: oneOf('reject', 'pad', 'error'),
        empty: oneOf('reject', 'pad', 'error'),
        malformed: oneOf('reject', 'error'),
      },
    },
    chunkRows: whole,
    chunkBytes: whole,
    chunkCount: whole,
    auto: { type: 'object', properties: { memoryMb: whole, concurrency: whole } },
    plan: oneOf('sequential', 'parallel', 'sampled'),
    scanTasksFromBytes: whole,
    columns: {
      type: 'array',
      items: { anyOf: [text, { type: 'object', required: ['from', 'to'], properties: { from: text, to: text } }] },
      minItems: 1,
    },
    output: {
      type: 'object',
      properties: {
        format: oneOf('csv', 'jsonl'),
        compression: oneOf('gzip', 'zstd'),
        quoting: oneOf('as-source', 'minimal', 'always'),
        delimiter: token,
        quote: tokenOrNone,
        escape: token,
        newline: oneOf('lf', 'crlf'),
        headerRecord: flag,
        formulaGuard: flag,
        types: oneOf('text', 'typed'),
      },
    },
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
    scanned: flag,
  },
} as const;

export const splitSchema = {
  type: 'object',
  required: ['batchId', 'source', 'settings'],
  properties: {
    batchId: text,
    source: objectRefSchema,
    settings: settingsSchema,
    cursor: cursorSchema,
    planNumber: whole,
    scanTasks: flag,
  },
} as const;

export const scanSchema = {
  type: 'object',
  required: ['batchId', 'task'],
  properties: {
    batchId: text,
    planNumber: whole,
    task: {
      type: 'object',
      required: ['index', 'object', 'range'],
      properties: {
        index: count,
        object: objectRefSchema,
        range: {
          type: 'object',
          required: ['dialect', 'gridStart', 'stepBytes', 'firstCell', 'endCell', 'sourceEnd'],
          properties: {
            dialect: { type: 'object' },
            gridStart: count,
            stepBytes: whole,
            firstCell: count,
            endCell: count,
            sourceEnd: count,
          },
        },
      },
    },
  },
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
        firstRow: { ...count, nullable: true },
        rowCount: { ...count, nullable: true },
        key: text,
        headerBytes: count,
        route: oneOf('lambda', 'task', 'lambdaOnly'),
      },
    },
  },
} as const;

/** A direct call; an event of uploads has none of these fields. */
export const replaySchema = {
  type: 'object',
  properties: { batchId: text, rejects: objectRefSchema, settings: settingsSchema },
  dependencies: { rejects: ['batchId'], batchId: ['rejects'] },
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
