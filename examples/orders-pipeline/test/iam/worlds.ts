import type { OrdersParts } from '../../deploy/orders-stack.ts';
import { raced, racedByTasks, racedThroughQueue, redriven } from './scenarios/attempts.ts';
import {
  headerOnly,
  missing,
  notifiedTwice,
  order,
  refused,
  scanned,
  toldTwice,
  waiting,
} from './scenarios/batches.ts';
import {
  coordinated,
  coordinatedInVain,
  coordinatedThroughApi,
  coordinatedTwice,
  tasked,
  taskFails,
  taskThroughApi,
} from './scenarios/containers.ts';
import { misreplayed, raceOfReplays, replayed, throughApi } from './scenarios/replays.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { emptied, letters, started } from './scenarios/upkeep.ts';
import {
  coordinatorCutInOutput,
  coordinatorCutInWork,
  mergeCut,
  mergedAgain,
  plannedInPieces,
  processCut,
  queueCut,
  replayCutInOutput,
  replayCutInWork,
  splitCut,
  workerCut,
} from './scenarios/uploads.ts';

/** A stack, and what is tried on it, the quickest first. */
export interface World {
  readonly parts: OrdersParts;
  /** Whether its buckets have versions. */
  readonly versioned: boolean;
  readonly scenarios: Readonly<Record<string, Scenario>>;
}

/** What `npm test` goes through. */
const quick = { refused, order, toldTwice, notifiedTwice, replayed, redriven };

const once = { headerOnly, missing, scanned, misreplayed, raced, raceOfReplays, throughApi, waiting, started, letters };
const containers = {
  tasked,
  taskFails,
  taskThroughApi,
  coordinated,
  coordinatedInVain,
  racedThroughQueue,
  racedByTasks,
};
const uploads = {
  ...{ plannedInPieces, splitCut, processCut, mergeCut, mergedAgain, replayCutInWork, replayCutInOutput },
  ...{ queueCut, workerCut },
};

const whole: World = {
  parts: { worker: true, coordinator: true, queue: true, maxBatches: 50 },
  versioned: true,
  scenarios: { ...quick, ...once, ...containers, ...uploads, emptied },
};

/** Without a queue the coordinator processes chunks itself. */
const lone: World = {
  parts: { coordinator: true },
  versioned: true,
  scenarios: {
    ...{ coordinated, coordinatedInVain, coordinatedThroughApi, coordinatedTwice },
    ...{ coordinatorCutInWork, coordinatorCutInOutput },
  },
};

/** Without versions nothing is read or removed by one. */
const plain: World = {
  ...whole,
  versioned: false,
  scenarios: {
    ...{
      refused,
      order,
      toldTwice,
      notifiedTwice,
      waiting,
      scanned,
      replayed,
      raced,
      raceOfReplays,
      tasked,
      racedByTasks,
    },
    ...{ coordinated, coordinatedInVain, racedThroughQueue },
  },
};

/** Both: no versions, and no queue. */
const plainLone: World = { ...lone, versioned: false, scenarios: { coordinated, coordinatedInVain, coordinatedTwice } };

export const worldsOf = (all: boolean): Readonly<Record<string, World>> =>
  all ? { whole, lone, plain, plainLone } : { small: { parts: {}, versioned: true, scenarios: quick } };
