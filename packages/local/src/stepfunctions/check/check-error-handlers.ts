import { isReferencePath } from '../data/json-path.ts';
import type { State } from '../definition.ts';
import type { Report } from './problem.ts';

/** The error names that Step Functions reserves. */
const RESERVED = new Set([
  'States.ALL',
  'States.BranchFailed',
  'States.DataLimitExceeded',
  'States.ExceedToleratedFailureThreshold',
  'States.HeartbeatTimeout',
  'States.Http.Socket',
  'States.IntrinsicFailure',
  'States.ItemReaderFailed',
  'States.NoChoiceMatched',
  'States.ParameterPathFailure',
  'States.Permissions',
  'States.ResultPathMatchFailure',
  'States.ResultWriterFailed',
  'States.Runtime',
  'States.TaskFailed',
  'States.Timeout',
]);

const RETRIER_FIELDS = new Set([
  'ErrorEquals',
  'IntervalSeconds',
  'MaxAttempts',
  'BackoffRate',
  'MaxDelaySeconds',
  'JitterStrategy',
  'Comment',
]);
const CATCHER_FIELDS = new Set(['ErrorEquals', 'Next', 'ResultPath', 'Comment']);

/** Checks Retry and Catch: known fields, known reserved names, and States.ALL alone and last. */
export function checkErrorHandlers(state: State, at: string, report: Report): void {
  check('Retry', state.Retry, RETRIER_FIELDS, at, report);
  check('Catch', state.Catch, CATCHER_FIELDS, at, report);
  for (const [i, catcher] of (Array.isArray(state.Catch) ? state.Catch : []).entries()) {
    const path = catcher?.ResultPath;
    if (typeof path === 'string' && (path.startsWith('$$') || !isReferencePath(path))) {
      report(`ResultPath is not a reference path: ${path}`, `${at}/Catch[${i}]/ResultPath`);
    }
  }
}

function check(
  field: 'Retry' | 'Catch',
  entries: unknown,
  allowed: ReadonlySet<string>,
  at: string,
  report: Report,
): void {
  if (!Array.isArray(entries)) return;
  for (const [i, entry] of entries.entries()) {
    const place = `${at}/${field}[${i}]`;
    for (const key of Object.keys(entry ?? {}))
      if (!allowed.has(key)) report(`${field} has the field '${key}', which is not supported there`, `${place}/${key}`);
    const names: unknown = entry?.ErrorEquals;
    if (!Array.isArray(names)) continue;
    for (const name of names) {
      if (String(name).startsWith('States.') && !RESERVED.has(String(name)))
        report(`'${String(name)}' is not a known error name`, `${place}/ErrorEquals`);
    }
    if (!names.includes('States.ALL')) continue;
    if (names.length > 1) report('States.ALL must appear alone in ErrorEquals', `${place}/ErrorEquals`);
    if (i < entries.length - 1) report(`States.ALL must stand in the last ${field} entry`, `${place}/ErrorEquals`);
  }
}
