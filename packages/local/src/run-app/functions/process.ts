import { createProcessHandler } from '@pipeline/handlers';
import { runStage } from '../run-stage.ts';
import { readSettings } from '../settings.ts';
import { examples } from '../sidecars.ts';
import { surroundings } from '../surroundings.ts';

const { store, locations } = surroundings();

export const handler = createProcessHandler({
  store,
  locations,
  stage: runStage(readSettings(), store),
  sidecars: [examples.collector],
});
