/** Columns that `rejects.csv` appends; they are stripped when the mended file comes back. */
export const reservedPrefix = '__pipeline_';

/** The columns appended to each reject, in order. */
export const rejectColumns = [
  '__pipeline_row',
  '__pipeline_byte_offset',
  '__pipeline_columns',
  '__pipeline_rules',
  '__pipeline_messages',
  '__pipeline_batch',
] as const;
