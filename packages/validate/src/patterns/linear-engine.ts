import { compileLinear } from './linear-pattern.ts';

/** For ajv: patterns of schemas as linear ones. It keeps one for each text that `toString` gives. */
export const linearEngine = Object.assign(
  (source: string, flags: string) => ({
    test: compileLinear(source, flags).test,
    toString: () => `/${source}/${flags}`,
  }),
  { code: 'new RegExp' },
);
