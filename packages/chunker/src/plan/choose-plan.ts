import { PipelineConfigError, type PlanMode } from '@pipeline/core';

/** What decides how a source is planned. */
export interface PlanChoice {
  /** The caller's wish. @default by size */
  readonly plan?: PlanMode | undefined;
  /** Length of the source behind its header. */
  readonly dataBytes: number;
  /** Chunks are cut by rows too, which follow one from the other. */
  readonly byRows: boolean;
  /** The source is packed, or its dialect is not the scanner's: it can only be read from the front. */
  readonly fromFront: boolean;
  /** A sampled plan of this batch was wrong. */
  readonly again: boolean;
}

/** From this size on a source is sampled: scanning it would cost the splitter more than it saves by counting rows. */
export const sampledFromBytes = 512 * 1024 * 1024;

/** From this size on a full scan reads several ranges at once. */
export const parallelFromBytes = 128 * 1024 * 1024;

/**
 * How a source is planned: small ones in one pass, which also counts their rows; large ones from samples, and by ranges
 * side by side where a sampled plan was wrong.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` when the wish cannot be kept
 */
export const choosePlan = ({ plan, dataBytes, byRows, fromFront, again }: PlanChoice): PlanMode => {
  const onlySequential = byRows || fromFront;
  if (plan !== undefined && plan !== 'sequential' && onlySequential)
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'plan',
      expected: byRows
        ? "'sequential' for chunks by rows, which follow one from the other"
        : "'sequential' for a source that can only be read from its beginning",
      got: JSON.stringify(plan),
    });
  if (onlySequential) return 'sequential';
  if (plan !== undefined && !(again && plan === 'sampled')) return plan;
  if (dataBytes >= sampledFromBytes && !again) return 'sampled';
  return dataBytes >= parallelFromBytes ? 'parallel' : 'sequential';
};
