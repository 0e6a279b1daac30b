import { randomBytes } from 'node:crypto';
import type { Trial } from '../trial.ts';

/** One way through the pipeline, which throws where it did not come out as it has to. */
export type Scenario = (trial: Trial) => Promise<void>;

/** What uploads are tagged with. */
export const tags = { team: 'blue' };
export const tagging = 'team=blue';

export const newBatchId = (): string => randomBytes(16).toString('hex');
