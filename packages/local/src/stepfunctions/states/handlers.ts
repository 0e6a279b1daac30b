import type { StateType } from '../definition.ts';
import type { Visit } from '../engine/input-output.ts';
import type { Transition } from '../engine/run-flow.ts';
import { runChoice } from './choice-state.ts';
import { runMap } from './map-state.ts';
import { runParallel } from './parallel-state.ts';
import { runFail, runPass, runSucceed } from './plain-states.ts';
import { runTask } from './task-state.ts';
import { runWait } from './wait-state.ts';

/** What runs a state of each type. */
export const stateHandlers: Readonly<Record<StateType, (visit: Visit) => Transition | Promise<Transition>>> = {
  Task: runTask,
  Pass: runPass,
  Choice: runChoice,
  Wait: runWait,
  Succeed: runSucceed,
  Fail: runFail,
  Parallel: runParallel,
  Map: runMap,
};
