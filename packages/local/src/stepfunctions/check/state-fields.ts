import type { StateType } from '../definition.ts';

const COMMON = ['Type', 'Comment', 'QueryLanguage'];
const INPUT_OUTPUT = ['InputPath', 'OutputPath'];
const STEP = ['Next', 'End'];
const ERRORS = ['Retry', 'Catch'];

/** The fields that a state of each type may have in JSONPath mode. */
export const STATE_FIELDS: Readonly<Record<StateType, ReadonlySet<string>>> = {
  Task: fields(INPUT_OUTPUT, STEP, ERRORS, [
    'Resource',
    'Parameters',
    'ResultSelector',
    'ResultPath',
    'TimeoutSeconds',
    'TimeoutSecondsPath',
    'HeartbeatSeconds',
    'HeartbeatSecondsPath',
  ]),
  Pass: fields(INPUT_OUTPUT, STEP, ['Result', 'ResultPath', 'Parameters']),
  Choice: fields(INPUT_OUTPUT, ['Choices', 'Default']),
  Wait: fields(INPUT_OUTPUT, STEP, ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath']),
  Succeed: fields(INPUT_OUTPUT),
  Fail: fields(['Error', 'ErrorPath', 'Cause', 'CausePath']),
  Parallel: fields(INPUT_OUTPUT, STEP, ERRORS, ['Branches', 'Parameters', 'ResultSelector', 'ResultPath']),
  Map: fields(INPUT_OUTPUT, STEP, ERRORS, [
    'ItemProcessor',
    'Iterator',
    'ItemsPath',
    'ItemSelector',
    'Parameters',
    'ResultSelector',
    'ResultPath',
    'MaxConcurrency',
    'MaxConcurrencyPath',
    'ItemReader',
    'ItemBatcher',
    'ResultWriter',
    'ToleratedFailureCount',
    'ToleratedFailureCountPath',
    'ToleratedFailurePercentage',
    'ToleratedFailurePercentagePath',
    'Label',
  ]),
};

/** Map fields that mean something in distributed mode only. */
export const DISTRIBUTED_FIELDS = [
  'ItemReader',
  'ItemBatcher',
  'ResultWriter',
  'ToleratedFailureCount',
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentage',
  'ToleratedFailurePercentagePath',
  'Label',
] as const;

/** Fields of JSONata mode and of variables, told apart from mere misspellings. */
export const OTHER_MODE_FIELDS: ReadonlySet<string> = new Set(['Arguments', 'Assign', 'Output', 'Items', 'Condition']);

/** Fields that hold a path to a value of the input. */
export const PATH_FIELDS = ['InputPath', 'OutputPath'] as const;

/** Fields that hold a path to one node of the input or the context object. */
export const REFERENCE_FIELDS = [
  'ItemsPath',
  'SecondsPath',
  'TimestampPath',
  'TimeoutSecondsPath',
  'HeartbeatSecondsPath',
  'MaxConcurrencyPath',
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentagePath',
] as const;

/** Fields that hold a payload template. */
export const TEMPLATE_FIELDS = ['Parameters', 'ResultSelector', 'ItemSelector'] as const;

function fields(...groups: string[][]): ReadonlySet<string> {
  return new Set([...COMMON, ...groups.flat()]);
}
