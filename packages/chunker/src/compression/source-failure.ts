import { PipelineSourceError } from '@pipeline/core';

/** What a failure of a packed source tells. */
export interface SourceFailureParams {
  /** The object's name, for people. */
  readonly object: string;
  /** Where in the packed bytes, from 0, as near as it is known. */
  readonly offset: number;
  /** What is wrong and what to do. */
  readonly reason: string;
  readonly [param: string]: unknown;
}

/** The one place that turns a broken or bursting packed source into an error. */
export const sourceFailure = (
  code: 'SOURCE_CORRUPT' | 'SOURCE_BOMB',
  params: SourceFailureParams,
  cause?: unknown,
): PipelineSourceError => new PipelineSourceError(code, { ...params }, cause === undefined ? {} : { cause });
