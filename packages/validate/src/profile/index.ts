export { columnProfiles, mergeProfiles, profileReducer, profileRows, profilesOf } from './column-profiles.ts';
export type { ColumnSketch } from './column-sketch.ts';
export type { InferredColumn } from './infer-column.ts';
export { type InferredSchema, type InferSchemaOptions, inferSchema } from './infer-schema.ts';
export { type PreviewedRow, type PreviewOptions, previewRows } from './preview-rows.ts';
export type { ColumnProfilesOptions, ProfileSketch } from './profile-batches.ts';
