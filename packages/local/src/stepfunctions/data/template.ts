import { RuntimeFault } from './errors.ts';
import { evaluateIntrinsic } from './intrinsics.ts';
import { isObject, type Json, type JsonObject, setOwn } from './json.ts';
import { type Documents, findPath } from './json-path.ts';

/** What a payload template is evaluated against. */
export interface TemplateScope extends Documents {
  readonly random: () => number;
}

/** Evaluates a template value: a path of the input, a path of the context object or an intrinsic function. */
export function evaluateExpression(expression: string, field: string, scope: TemplateScope): Json {
  if (!expression.startsWith('$')) return evaluateIntrinsic(expression, scope);
  const found = findPath(expression, scope);
  if (found === undefined) {
    throw new RuntimeFault(
      `The JSONPath '${expression}' specified for the field '${field}' could not be found in the input '${JSON.stringify(scope.input)}'`,
    );
  }
  return found;
}

/**
 * Evaluates a payload template (Parameters, ResultSelector, ItemSelector, BatchInput): every field whose name ends in
 * `.$` is replaced, everything else stays.
 *
 * @throws RuntimeFault when a path leads nowhere
 */
export function evaluateTemplate(template: Json, scope: TemplateScope): Json {
  if (Array.isArray(template)) return template.map((item) => evaluateTemplate(item, scope));
  if (!isObject(template)) return template;
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(template)) {
    if (key.endsWith('.$')) setOwn(result, key.slice(0, -2), evaluateExpression(value as string, key, scope));
    else setOwn(result, key, evaluateTemplate(value, scope));
  }
  return result;
}
