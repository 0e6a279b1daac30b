import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { replayMachineDefinition, stateMachineDefinition } from '@pipeline/handlers';
import type { LocalApp } from '../stack/local-app.ts';
import type { LocalStack } from '../stack/local-stack.ts';
import { type RunSettings, settingsVariable } from './settings.ts';
import { runBucket } from './surroundings.ts';

export interface RunAppOptions {
  /** Where the settings are kept for the functions; without it every well-formed row passes. */
  readonly settingsFile?: string;
  /** Makes the settings once the stack stands, so that they can name what was uploaded to it. */
  readonly settings?: (stack: LocalStack) => Promise<RunSettings>;
  /** Uploads of mended rejects go back into their batches. @default false: each upload is a batch of its own */
  readonly replays?: boolean;
}

const names = ['intake', 'split', 'scan', 'process', 'resolve', 'merge', 'archive', 'notify', 'failure'] as const;

/** In the sources beside this file, in the package in a folder beside the file that this one was built into. */
const entry = (name: string): string => {
  const built = !import.meta.url.endsWith('.ts');
  return fileURLToPath(new URL(built ? `./run-app/${name}.js` : `./functions/${name}.ts`, import.meta.url));
};

/** Chunks processed at once: one per core, two at least, so that one works while another waits for bytes. */
export const runConcurrency = Math.max(2, Math.min(8, availableParallelism()));

/** The pipeline for any CSV file, with the functions and the definition that are deployed. */
export const runApp = ({ settingsFile, settings, replays = false }: RunAppOptions = {}): LocalApp => ({
  name: 'pipeline',
  bucket: runBucket,
  functions: ({ stateMachineArn, replayMachineArn }) => {
    const environment = {
      STATE_MACHINE_ARN: stateMachineArn,
      ...(replayMachineArn === undefined ? {} : { REPLAY_MACHINE_ARN: replayMachineArn }),
      ...(settingsFile === undefined ? {} : { [settingsVariable]: settingsFile }),
    };
    return Object.fromEntries(
      [...names, ...(replays ? (['replay'] as const) : [])].map((name) => [
        `pipeline-${name}`,
        // A reference file is held in memory at several times its size.
        name === 'process' || name === 'replay'
          ? { entry: entry(name), environment, memoryMb: 2048, reservedConcurrency: runConcurrency }
          : { entry: entry(name), environment, memoryMb: 1024 },
      ]),
    );
  },
  stateMachine: () =>
    stateMachineDefinition({
      SplitFunction: 'pipeline-split',
      ScanFunction: 'pipeline-scan',
      ProcessFunction: 'pipeline-process',
      ResolveFunction: 'pipeline-resolve',
      MergeFunction: 'pipeline-merge',
      ArchiveFunction: 'pipeline-archive',
      NotifyFunction: 'pipeline-notify',
      MaxConcurrency: runConcurrency,
    }),
  ...(replays
    ? {
        replayMachine: () =>
          replayMachineDefinition({ ReplayFunction: 'pipeline-replay', NotifyFunction: 'pipeline-notify' }),
      }
    : {}),
  trigger: { prefix: 'input/', suffix: '', functionName: 'pipeline-intake' },
  failureFunction: 'pipeline-failure',
  seed: async (stack) => {
    if (settingsFile !== undefined && settings !== undefined)
      await writeFile(settingsFile, JSON.stringify(await settings(stack)));
  },
});
