import { createReplayHandler } from '@pipeline/handlers';
import { runStage } from '../run-stage.ts';
import { readSettings, runUnique } from '../settings.ts';
import { surroundings } from '../surroundings.ts';

const { store, locations } = surroundings();
const settings = readSettings();

export const handler = createReplayHandler({
  store,
  locations,
  stage: runStage(settings, store),
  unique: runUnique(settings),
  settings: settings.batch ?? {},
});
