import { isObject } from '../data/json.ts';
import { isPath } from '../data/json-path.ts';
import type { ItemProcessor, State } from '../definition.ts';
import { type CheckScope, checkFlow } from './check-flow.ts';
import { checkFields } from './check-state.ts';
import { checkTemplate } from './check-template.ts';
import { type Report, UNSUPPORTED } from './problem.ts';
import { DISTRIBUTED_FIELDS } from './state-fields.ts';

const PROCESSOR_FIELDS = new Set(['Comment', 'StartAt', 'States', 'ProcessorConfig']);
const PROCESSOR_CONFIG_FIELDS = new Set(['Mode', 'ExecutionType']);
const READER_FIELDS = new Set(['Resource', 'Parameters', 'ReaderConfig']);
const READER_CONFIG_FIELDS = new Set(['InputType', 'MaxItems', 'MaxItemsPath']);
const BATCHER_FIELDS = new Set([
  'MaxItemsPerBatch',
  'MaxItemsPerBatchPath',
  'MaxInputBytesPerBatch',
  'MaxInputBytesPerBatchPath',
  'BatchInput',
]);
const WRITER_FIELDS = new Set(['Resource', 'Parameters', 'WriterConfig']);
const WRITER_CONFIG_FIELDS = new Set(['Transformation', 'OutputType']);

/** Characters that a Label must not have. */
const LABEL_FORBIDDEN = /[\s?*<>{}[\]:;,\\|^~$#%&`"\u0000-\u001f\u007f-\u009f]/;

/** Checks a Map state: its processor and, in distributed mode, reader, batcher, writer and label. */
export async function checkMap(name: string, state: State, at: string, scope: CheckScope): Promise<void> {
  const { report } = scope;
  const field = state.ItemProcessor ? 'ItemProcessor' : 'Iterator';
  const processor: ItemProcessor | undefined = state[field];
  if (!isObject(processor)) return report(`The state '${name}' has no ItemProcessor`, at);
  const { Mode = 'INLINE', ExecutionType } = isObject(processor.ProcessorConfig) ? processor.ProcessorConfig : {};
  const distributed = Mode === 'DISTRIBUTED';
  checkFields(name, processor as never, PROCESSOR_FIELDS, `${at}/${field}`, report);
  if (isObject(processor.ProcessorConfig))
    checkFields(name, processor.ProcessorConfig, PROCESSOR_CONFIG_FIELDS, `${at}/${field}/ProcessorConfig`, report);
  if (distributed && scope.express) report(`Express workflows cannot hold a Distributed Map (state '${name}')`, at);
  await checkFlow(processor as ItemProcessor, `${at}/${field}`, {
    ...scope,
    express: scope.express || ExecutionType === 'EXPRESS',
  });
  if (distributed) return checkDistributed(name, state, at, report);
  for (const only of DISTRIBUTED_FIELDS) {
    if (state[only] !== undefined)
      report(
        `The state '${name}' has the field '${only}', which a Map in INLINE mode does not support`,
        `${at}/${only}`,
      );
  }
}

function checkDistributed(name: string, state: State, at: string, report: Report): void {
  const { Label, ItemReader, ItemBatcher, ResultWriter } = state;
  if (Label !== undefined) {
    if (typeof Label !== 'string' || Label === '') report('Label cannot be empty', `${at}/Label`);
    else if (Label.length > 40) report('Label cannot exceed 40 characters', `${at}/Label`);
    else if (LABEL_FORBIDDEN.test(Label)) report(`Label '${Label}' contains invalid characters`, `${at}/Label`);
  }
  if (ItemReader !== undefined) checkReader(name, state, at, report);
  if (ItemBatcher !== undefined) {
    checkFields(name, ItemBatcher as never, BATCHER_FIELDS, `${at}/ItemBatcher`, report);
    checkTemplate(ItemBatcher.BatchInput, `${at}/ItemBatcher/BatchInput`, report);
    for (const path of [ItemBatcher.MaxItemsPerBatchPath, ItemBatcher.MaxInputBytesPerBatchPath]) {
      if (path !== undefined && !isPath(path)) report(`'${path}' is not a path`, `${at}/ItemBatcher`);
    }
    const limits = [
      'MaxItemsPerBatch',
      'MaxItemsPerBatchPath',
      'MaxInputBytesPerBatch',
      'MaxInputBytesPerBatchPath',
    ] as const;
    if (!limits.some((limit) => ItemBatcher[limit]))
      report(`The ItemBatcher of '${name}' needs a number of items or of bytes`, `${at}/ItemBatcher`);
  }
  if (ResultWriter === undefined) return;
  checkFields(name, ResultWriter as never, WRITER_FIELDS, `${at}/ResultWriter`, report);
  checkFields(
    name,
    (ResultWriter.WriterConfig ?? {}) as never,
    WRITER_CONFIG_FIELDS,
    `${at}/ResultWriter/WriterConfig`,
    report,
  );
  checkTemplate(ResultWriter.Parameters, `${at}/ResultWriter/Parameters`, report);
  checkChoice(
    ResultWriter.WriterConfig?.Transformation,
    ['NONE', 'COMPACT', 'FLATTEN'],
    `${at}/ResultWriter/WriterConfig/Transformation`,
    report,
  );
  checkChoice(
    ResultWriter.WriterConfig?.OutputType,
    ['JSON', 'JSONL'],
    `${at}/ResultWriter/WriterConfig/OutputType`,
    report,
  );
  if (!/^arn:aws[\w-]*:states:::s3:putObject$/.test(String(ResultWriter.Resource))) {
    report(
      `The ResultWriter of '${name}' needs the Resource arn:aws:states:::s3:putObject`,
      `${at}/ResultWriter/Resource`,
      UNSUPPORTED,
    );
  }
  checkParameters(name, 'ResultWriter', ResultWriter.Parameters, ['Bucket'], ['Bucket', 'Prefix'], at, report);
}

function checkReader(name: string, state: State, at: string, report: Report): void {
  const reader = state.ItemReader!;
  const place = `${at}/ItemReader`;
  checkFields(name, reader as never, READER_FIELDS, place, report);
  checkFields(name, (reader.ReaderConfig ?? {}) as never, READER_CONFIG_FIELDS, `${place}/ReaderConfig`, report);
  checkTemplate(reader.Parameters, `${place}/Parameters`, report);
  const path = reader.ReaderConfig?.MaxItemsPath;
  if (path !== undefined && !isPath(path)) report(`'${path}' is not a path`, `${place}/ReaderConfig/MaxItemsPath`);
  const action = /^arn:aws[\w-]*:states:::s3:(getObject|listObjectsV2)$/.exec(String(reader.Resource))?.[1];
  if (action === undefined) {
    report(
      `The ItemReader of '${name}' cannot use ${String(reader.Resource)}, only s3:getObject and s3:listObjectsV2`,
      `${place}/Resource`,
      UNSUPPORTED,
    );
    return;
  }
  if (action === 'listObjectsV2') {
    if (reader.ReaderConfig?.InputType !== undefined)
      report(`InputType does not belong to listObjectsV2 (state '${name}')`, `${place}/ReaderConfig`);
    checkParameters(name, 'ItemReader', reader.Parameters, ['Bucket'], ['Bucket', 'Prefix'], at, report);
    return;
  }
  const type = reader.ReaderConfig?.InputType as string | undefined;
  if (type !== 'JSON' && type !== 'JSONL') {
    const why = type === undefined ? 'needs an InputType' : `cannot read InputType '${type}'`;
    report(
      `The ItemReader of '${name}' ${why}: JSON and JSONL are supported`,
      `${place}/ReaderConfig/InputType`,
      UNSUPPORTED,
    );
  }
  checkParameters(name, 'ItemReader', reader.Parameters, ['Bucket', 'Key'], ['Bucket', 'Key', 'VersionId'], at, report);
}

function checkParameters(
  name: string,
  field: string,
  parameters: unknown,
  required: readonly string[],
  allowed: readonly string[],
  at: string,
  report: Report,
): void {
  const given = Object.keys(isObject(parameters) ? parameters : {}).map((key) => key.replace(/\.\$$/, ''));
  for (const key of required)
    if (!given.includes(key))
      report(`The ${field} of '${name}' needs the parameter ${key}`, `${at}/${field}/Parameters`);
  for (const key of given) {
    if (!allowed.includes(key))
      report(
        `The ${field} of '${name}' has the parameter ${key}, which is not supported`,
        `${at}/${field}/Parameters`,
        UNSUPPORTED,
      );
  }
}

function checkChoice(value: unknown, allowed: readonly string[], at: string, report: Report): void {
  if (value !== undefined && !allowed.includes(String(value)))
    report(`${String(value)} is not one of ${allowed.join(', ')}`, at);
}
