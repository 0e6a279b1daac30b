import { SFNClient } from '@aws-sdk/client-sfn';
import { applyTaskSettings, runAsTask } from '@pipeline/handlers';

// The worker as a one-shot container: see the Dockerfile. What follows reads its settings when it is loaded.
applyTaskSettings();
const { handler } = await import('./process.ts');
const { surroundings } = await import('../src/surroundings.ts');

process.exitCode = await runAsTask(handler, { store: surroundings().store, sfn: new SFNClient() });
