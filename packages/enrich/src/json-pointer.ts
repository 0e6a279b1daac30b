import { requireOption } from './check-options.ts';

/**
 * Compiles a JSON pointer (https://www.rfc-editor.org/rfc/rfc6901) to a function that gives what it points to, or
 * `undefined` where there is nothing.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 */
export const compilePointer = (pointer: string): ((body: unknown) => unknown) => {
  const valid = typeof pointer === 'string' && /^(?:\/(?:[^~/]|~[01])*)*$/.test(pointer);
  requireOption(valid, 'pointer', "a JSON pointer, such as '/data/price'", pointer);
  const names = pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  return (body) => {
    let value = body;
    for (const name of names) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
      if (Array.isArray(value) && !/^(?:0|[1-9]\d*)$/.test(name)) return undefined;
      value = (value as Readonly<Record<string, unknown>>)[name];
    }
    return value;
  };
};
