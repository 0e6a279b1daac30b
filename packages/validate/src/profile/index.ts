export { columnProfiles, mergeProfiles, profileReducer, profileRows, profilesOf } from './column-profiles.ts';
export type { ColumnSketch } from './column-sketch.ts';
export type { ColumnProfilesOptions, ProfileSketch } from './profile-batches.ts';
