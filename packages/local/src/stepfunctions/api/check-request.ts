import { apiError } from './api-error.ts';

/** White space, brackets, wildcards, special and control characters that names of machines and executions must not have. */
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ufffe\uffff\ud800-\udfff]/;

/**
 * Checks the name of a state machine or an execution: 1 to 80 characters, none of the forbidden ones.
 *
 * @throws ApiError named InvalidName
 */
export function checkName(name: unknown): void {
  if (typeof name !== 'string' || name.length < 1 || name.length > 80 || FORBIDDEN.test(name)) {
    throw apiError('InvalidName', `Invalid Name: '${String(name)}'`);
  }
}

/**
 * A required text member of a request.
 *
 * @throws ApiError named ValidationException
 */
export function requireText(body: Readonly<Record<string, unknown>>, member: string): string {
  const value = body[member];
  if (typeof value !== 'string') {
    throw apiError(
      'ValidationException',
      `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must not be null`,
    );
  }
  return value;
}

/** An optional text member of a request. */
export function optionalText(body: Readonly<Record<string, unknown>>, member: string): string | undefined {
  const value = body[member];
  return value === undefined || value === null ? undefined : requireText(body, member);
}

/**
 * Refuses members that this stand-in does not act on.
 *
 * @throws ApiError named ValidationException
 */
export function refuseMembers(body: Readonly<Record<string, unknown>>, ...members: string[]): void {
  for (const member of members) {
    if (body[member] !== undefined && body[member] !== null && body[member] !== false) {
      throw apiError('ValidationException', `'${member}' is not supported by the local Step Functions`);
    }
  }
}
