export { checkDialect, type DialectOptions } from './dialect-options.ts';
export { type ParseRowsOptions, parseRows } from './parse-rows.ts';
export { defaultChunkBytes, type PlanChunksOptions, type PlannedChunk, planChunks } from './plan-chunks.ts';
export { checkColumns, type CsvHeader, type ReadHeaderOptions, readHeader } from './read-header.ts';
export { type OpenCsvOptions, openCsv, readObjectRows } from './read-object-rows.ts';
export { type ReadRowsOptions, readRows } from './read-rows.ts';
export { rejectColumns, reservedPrefix } from './reserved-columns.ts';
