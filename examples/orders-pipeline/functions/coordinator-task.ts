import { applyTaskSettings } from '@pipeline/handlers';

// The coordinator as a container: see the Dockerfile. It reads its settings when it is loaded.
applyTaskSettings();
await import('./coordinator.ts');
