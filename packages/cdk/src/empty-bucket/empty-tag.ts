/** The tag of buckets that are emptied when they are given up. */
export const emptyTag = { key: 'pipeline:empty-when-deleted', value: 'true' } as const;
