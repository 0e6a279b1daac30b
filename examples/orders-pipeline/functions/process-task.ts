import { SFNClient } from '@aws-sdk/client-sfn';
import { runAsTask } from '@pipeline/handlers';
import { surroundings } from '../src/surroundings.ts';
import { handler } from './process.ts';

// The worker as a one-shot container: see the Dockerfile.
process.exitCode = await runAsTask(handler, { store: surroundings().store, sfn: new SFNClient() });
