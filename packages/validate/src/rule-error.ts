import { PipelineConfigError } from '@pipeline/core';

/** Refuses a schema, naming the place as a JSON pointer (`#` is the whole document) and what was expected there. */
export const refuse = (pointer: string, reason: string, locale: string | undefined, cause?: unknown): never => {
  throw new PipelineConfigError(
    'RULE_INVALID',
    { reason: `at #${pointer}: ${reason}`, pointer: `#${pointer}` },
    { ...(locale === undefined ? {} : { locale }), ...(cause === undefined ? {} : { cause }) },
  );
};

/** Throws `RULE_INVALID` for a place in the schema. */
export type Refuse = (pointer: string, reason: string, cause?: unknown) => never;

/** Text from a schema, quoted and cut, for use in a reason. */
export const quote = (value: unknown, maxChars = 100): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > maxChars ? `${text.slice(0, maxChars)}…` : text;
};
