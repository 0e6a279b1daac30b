// Made from event-schemas.ts by scripts/build-event-checks.ts; do not change it by hand.
import type { EventCheck } from '../middleware/event-check.ts';

export declare const archiveCheck: EventCheck;
export declare const batchStepCheck: EventCheck;
export declare const intakeCheck: EventCheck;
export declare const notifyCheck: EventCheck;
export declare const processCheck: EventCheck;
export declare const queueCheck: EventCheck;
export declare const replayCheck: EventCheck;
export declare const scanCheck: EventCheck;
export declare const splitCheck: EventCheck;
export declare const statusEventCheck: EventCheck;
