import { PipelineConfigError } from '@pipeline/core';
import { requireOption } from './check-options.ts';
import type { Headers } from './sign-request.ts';

/** What headers are made of a secret. */
export interface HeadersOfSecret {
  /** The member of a secret that is a JSON object of texts. @default the secret is all text */
  readonly field?: string;
  /** The headers that carry it. */
  readonly headers: (secret: string) => Headers;
}

/** Makes them. Nothing of the secret stands in an error. @throws PipelineConfigError `CONFIG_INVALID` */
export const headersOfSecret = (
  text: string | undefined,
  option: string,
  { field, headers }: HeadersOfSecret,
): Headers => {
  requireOption(typeof headers === 'function', 'headers', 'a function', headers);
  if (text === undefined)
    throw new PipelineConfigError('CONFIG_INVALID', { option, expected: 'a secret with a text', got: 'one without' });
  if (field === undefined) return headers(text);
  const value = memberOf(text, field);
  if (typeof value !== 'string')
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'field',
      expected: `a text under ${JSON.stringify(field)} in a JSON object`,
      got: 'a secret without it',
    });
  return headers(value);
};

const memberOf = (text: string, field: string): unknown => {
  try {
    const all = JSON.parse(text) as unknown;
    return typeof all === 'object' && all !== null && Object.hasOwn(all, field)
      ? (all as Record<string, unknown>)[field]
      : undefined;
  } catch {
    return undefined; // its message would quote the secret
  }
};
