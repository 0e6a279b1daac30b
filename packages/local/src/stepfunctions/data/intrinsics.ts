import { RuntimeFault } from './errors.ts';
import { intrinsicFunctions } from './intrinsic-functions.ts';
import { type IntrinsicArgument, type IntrinsicCall, parseIntrinsic } from './intrinsic-parser.ts';
import type { Json } from './json.ts';
import { findPath, isPath } from './json-path.ts';
import type { TemplateScope } from './template.ts';

/**
 * Evaluates an intrinsic function with its nested calls.
 *
 * @throws RuntimeFault named `States.IntrinsicFailure`
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
 */
export function evaluateIntrinsic(expression: string, scope: TemplateScope): Json {
  return evaluateCall(parseIntrinsic(expression), expression, scope);
}

function evaluateCall(call: IntrinsicCall, expression: string, scope: TemplateScope): Json {
  const values = call.arguments.map((argument) => evaluateArgument(argument, expression, scope));
  try {
    return intrinsicFunctions[call.name]!.apply(values, { random: scope.random, call });
  } catch (error) {
    throw failure(expression, (error as Error).message);
  }
}

function evaluateArgument(argument: IntrinsicArgument, expression: string, scope: TemplateScope): Json {
  if (argument.kind === 'literal') return argument.value;
  if (argument.kind === 'call') return evaluateCall(argument.call, expression, scope);
  const found = findPath(argument.path, scope);
  if (found === undefined) {
    throw failure(
      expression,
      `The JsonPath argument for the field '${argument.path}' could not be found in the input '${JSON.stringify(scope.input)}'`,
    );
  }
  return found;
}

function failure(expression: string, message: string): RuntimeFault {
  return new RuntimeFault(
    `The function '${expression}' had the following error: ${message}`,
    'States.IntrinsicFailure',
  );
}

/** Says what is wrong with an intrinsic expression before it runs, or undefined. */
export function checkIntrinsic(expression: string): string | undefined {
  try {
    return checkCall(parseIntrinsic(expression));
  } catch (error) {
    return (error as Error).message;
  }
}

function checkCall(call: IntrinsicCall): string | undefined {
  const found = intrinsicFunctions[call.name];
  if (!found) return `${call.name} is not an intrinsic function`;
  const count = call.arguments.length;
  if (count < found.minimum || count > found.maximum) return `${call.name} does not take ${count} arguments`;
  for (const argument of call.arguments) {
    if (argument.kind === 'path' && !isPath(argument.path)) return `'${argument.path}' is not a path`;
    const inner = argument.kind === 'call' ? checkCall(argument.call) : undefined;
    if (inner) return inner;
  }
  return undefined;
}
