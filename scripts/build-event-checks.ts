// Builds event-checks.mjs of the handlers from the schemas of their events:
// `node --conditions=@pipeline/source scripts/build-event-checks.ts`. A test compares them.

import { writeFileSync } from 'node:fs';
import { writeChecks } from '../packages/handlers/src/events/write-checks.ts';

const at = (name: string): URL => new URL(`../packages/handlers/src/events/${name}`, import.meta.url);
const { code, types } = writeChecks();
writeFileSync(at('event-checks.mjs'), code);
writeFileSync(at('event-checks.d.mts'), types);
