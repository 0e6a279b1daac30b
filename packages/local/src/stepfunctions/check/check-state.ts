import { CHOICE_OPERATORS } from '../data/choice.ts';
import { checkIntrinsic } from '../data/intrinsics.ts';
import { isObject } from '../data/json.ts';
import { isPath, isReferencePath } from '../data/json-path.ts';
import { parseTimestamp } from '../data/timestamp.ts';
import type { ChoiceRule, State } from '../definition.ts';
import { checkErrorHandlers } from './check-error-handlers.ts';
import type { CheckScope } from './check-flow.ts';
import { checkFlow } from './check-flow.ts';
import { checkMap } from './check-map.ts';
import { checkTask } from './check-task.ts';
import { checkTemplate } from './check-template.ts';
import { type Report, UNSUPPORTED } from './problem.ts';
import { OTHER_MODE_FIELDS, PATH_FIELDS, REFERENCE_FIELDS, STATE_FIELDS, TEMPLATE_FIELDS } from './state-fields.ts';

/** Checks one state: known fields only, well-formed paths and templates, and what its type asks for. */
export async function checkState(name: string, state: State, at: string, scope: CheckScope): Promise<void> {
  const { report } = scope;
  const allowed = Object.hasOwn(STATE_FIELDS, state.Type) ? STATE_FIELDS[state.Type] : undefined;
  if (!allowed) {
    report(`The state '${name}' has the unknown Type '${String(state.Type)}'`, `${at}/Type`);
    return;
  }
  if (state.Type === 'Task' && Object.hasOwn(state, 'Credentials')) {
    report(`The state '${name}' has Credentials, which are not supported`, `${at}/Credentials`, UNSUPPORTED);
  }
  checkFields(name, state as unknown as Record<string, unknown>, allowed, at, report);
  checkPaths(name, state, at, report);
  for (const field of TEMPLATE_FIELDS)
    if (state[field] !== undefined) checkTemplate(state[field], `${at}/${field}`, report);
  checkErrorHandlers(state, at, report);
  if (state.Type === 'Task') await checkTask(name, state, at, scope);
  else if (state.Type === 'Map') await checkMap(name, state, at, scope);
  else if (state.Type === 'Choice')
    for (const [i, rule] of (state.Choices ?? []).entries()) checkRule(name, rule, `${at}/Choices[${i}]`, report, true);
  else if (state.Type === 'Parallel' && Array.isArray(state.Branches)) {
    for (const [i, branch] of state.Branches.entries()) {
      if (!isObject(branch)) report(`Branch ${i} of '${name}' must be an object`, `${at}/Branches[${i}]`);
      else {
        checkFields(name, branch, FLOW_FIELDS, `${at}/Branches[${i}]`, report);
        await checkFlow(branch as never, `${at}/Branches[${i}]`, scope);
      }
    }
  } else if (
    state.Type === 'Wait' &&
    typeof state.Timestamp === 'string' &&
    parseTimestamp(state.Timestamp) === undefined
  ) {
    report(`The Timestamp of '${name}' is not an ISO-8601 date-time with offset`, `${at}/Timestamp`);
  }
}

const FLOW_FIELDS: ReadonlySet<string> = new Set(['Comment', 'StartAt', 'States']);

/** Reports fields that nobody would act on. */
export function checkFields(
  name: string,
  value: Readonly<Record<string, unknown>>,
  allowed: ReadonlySet<string>,
  at: string,
  report: Report,
): void {
  for (const field of Object.keys(value)) {
    if (field === 'QueryLanguage' && value[field] !== 'JSONPath') {
      report(
        `The state '${name}' has QueryLanguage '${String(value[field])}', only JSONPath is supported`,
        `${at}/${field}`,
        UNSUPPORTED,
      );
    } else if (OTHER_MODE_FIELDS.has(field) && !allowed.has(field)) {
      report(
        `The state '${name}' has the field '${field}': JSONata and variables are not supported`,
        `${at}/${field}`,
        UNSUPPORTED,
      );
    } else if (!allowed.has(field))
      report(`The state '${name}' has the field '${field}', which is not supported there`, `${at}/${field}`);
  }
}

function checkPaths(name: string, state: State, at: string, report: Report): void {
  const complain = (field: string, path: unknown): void => {
    report(`The ${field} of '${name}' is not a supported path: ${JSON.stringify(path)}`, `${at}/${field}`);
  };
  for (const field of PATH_FIELDS) {
    const path = state[field];
    if (path !== undefined && path !== null && !isPath(String(path))) complain(field, path);
  }
  for (const field of REFERENCE_FIELDS) {
    const path = state[field];
    if (path !== undefined && !isPath(String(path))) complain(field, path);
  }
  const { ResultPath } = state;
  if (typeof ResultPath === 'string' && (ResultPath.startsWith('$$') || !isReferencePath(ResultPath)))
    complain('ResultPath', ResultPath);
  for (const field of ['ErrorPath', 'CausePath'] as const) {
    const path = state[field];
    if (path === undefined) continue;
    const wrong = path.startsWith('$') ? !isReferencePath(path) : checkIntrinsic(path) !== undefined;
    if (wrong) complain(field, path);
  }
}

const RULE_FIELDS = new Set(['Variable', 'And', 'Or', 'Not', 'Next', 'Comment']);

function checkRule(name: string, rule: ChoiceRule, at: string, report: Report, top: boolean): void {
  if (!isObject(rule)) {
    report(`A choice of '${name}' must be an object`, at);
    return;
  }
  const operators = Object.keys(rule).filter((key) => CHOICE_OPERATORS.has(key) || ['And', 'Or', 'Not'].includes(key));
  const unknown = Object.keys(rule).filter((key) => !CHOICE_OPERATORS.has(key) && !RULE_FIELDS.has(key));
  for (const field of unknown) {
    const code = OTHER_MODE_FIELDS.has(field) ? UNSUPPORTED : undefined;
    report(`A choice of '${name}' has the field '${field}', which is not supported there`, `${at}/${field}`, code);
  }
  if (unknown.length === 0 && operators.length !== 1)
    report(`A choice of '${name}' must have exactly one operator`, at);
  if (top !== (rule.Next !== undefined))
    report(`Next must stand on the outermost choices of '${name}' and only there`, at);
  const [operator] = operators;
  if (operator !== undefined && CHOICE_OPERATORS.has(operator)) {
    const variable = rule.Variable;
    if (typeof variable !== 'string' || !isPath(variable))
      report(`A choice of '${name}' has no valid Variable`, `${at}/Variable`);
    const operand = (rule as unknown as Record<string, unknown>)[operator];
    if (operator.endsWith('Path') && !isPath(String(operand)))
      report(`'${String(operand)}' is not a path`, `${at}/${operator}`);
  }
  const inner = [
    ...(Array.isArray(rule.And) ? rule.And : []),
    ...(Array.isArray(rule.Or) ? rule.Or : []),
    ...(rule.Not ? [rule.Not] : []),
  ];
  for (const [i, each] of inner.entries()) checkRule(name, each as ChoiceRule, `${at}[${i}]`, report, false);
}
