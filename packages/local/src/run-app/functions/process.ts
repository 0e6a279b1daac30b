import { createProcessHandler } from '@pipeline/handlers';
import { columnProfiles } from '@pipeline/validate/profile';
import { runStage } from '../run-stage.ts';
import { readSettings } from '../settings.ts';
import { surroundings } from '../surroundings.ts';

const { store, locations } = surroundings();

export const handler = createProcessHandler({
  store,
  locations,
  stage: runStage(readSettings(), store),
  sidecars: [columnProfiles()],
});
