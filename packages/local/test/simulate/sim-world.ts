import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import type { ObjectRef } from '@pipeline/core';
import { type MemoryStore, memoryStore } from '@pipeline/core/memory';
import { type LogEntry, type Mail, stateMachineDefinition } from '@pipeline/handlers';
import { actions } from '../../src/stepfunctions/api/actions.ts';
import type { Engine } from '../../src/stepfunctions/engine/engine.ts';
import { createRegistry, type StateMachine } from '../../src/stepfunctions/engine/registry.ts';
import { createTaskTokens } from '../../src/stepfunctions/tasks/task-tokens.ts';
import { currentInvocation } from '../faults/invocation.ts';
import { createDice, type Dice } from './dice.ts';
import { createRandom } from './random.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import { type Around, bucket, createSimFunctions, stateMachineArn } from './sim-functions.ts';
import { simStage } from './sim-job.ts';
import { createSimLambda, type SimLambda } from './sim-lambda.ts';
import { type SimUpload, simStore } from './sim-store.ts';

/** Everything of one simulated run. */
export interface SimWorld {
  readonly dice: Dice;
  readonly scheduler: Scheduler;
  readonly memory: MemoryStore;
  readonly lambda: SimLambda;
  readonly engine: Engine;
  readonly logs: readonly LogEntry[];
  /** The mails that arrived. */
  readonly mails: readonly Mail[];
  /** Items of the table of rejects. */
  readonly table: ReadonlyMap<string, unknown>;
  /** The multipart uploads that were begun. */
  readonly uploads: readonly SimUpload[];
  /** What was done that must never be done. */
  readonly crimes: readonly string[];
  /** An action of Step Functions. */
  states(action: string, body: object): Promise<Record<string, unknown>>;
  /** What an executions' status event says last, by ARN. */
  readonly statuses: ReadonlyMap<string, string>;
}

let machine: StateMachine | undefined;
let current: Around | undefined;
const functions = createSimFunctions(() => current!);

const functionNames = {
  SplitFunction: 'split',
  ProcessFunction: 'process',
  ResolveFunction: 'resolve',
  MergeFunction: 'merge',
  ArchiveFunction: 'archive',
  NotifyFunction: 'notify',
};

/** Stores whose parts are so small that chunks, rejects, plans and outputs have several, and S3 as it is, where none has. */
const storeSizes = [
  {},
  { limits: { minPartBytes: 64, maxPartBytes: 256, maxParts: 10_000, maxObjectBytes: 1_000_000 } },
  { limits: { minPartBytes: 300, maxPartBytes: 1_000, maxParts: 8, maxObjectBytes: 1_000_000 } },
];

/** What is written once and for all. */
const committed = /\/(manifest\.json|results\/\d+\.json|output\/r1\/report\.json)$/;

/** A pipeline that is broken on purpose, to see that the simulation finds it. */
export interface Mutant {
  /** A write that may happen once only happens again. @default false */
  readonly commitsOverwrite?: boolean;
  /** Nothing aborts an upload. @default false */
  readonly uploadsStay?: boolean;
}

export const openSimWorld = async (
  seed: number,
  onFailed: (executionArn: string) => void,
  { commitsOverwrite = false, uploadsStay = false }: Mutant,
): Promise<SimWorld> => {
  functions.forget();
  const random = createRandom(seed);
  const dice = createDice(random);
  const scheduler = createScheduler();
  const memory = memoryStore(random.pick(storeSizes));
  const logs: LogEntry[] = [];
  const mails: Mail[] = [];
  const table = new Map<string, unknown>();
  const statuses = new Map<string, string>();
  const crimes: string[] = [];
  const uploads: SimUpload[] = [];
  const lambda = createSimLambda(scheduler, dice, functions.find);
  const reported = (): readonly string[] => memory.keys().filter((key) => key.endsWith('/output/r1/report.json'));

  const store = simStore({
    memory,
    scheduler,
    dice,
    commitsOverwrite,
    uploadsStay,
    onWrite: ({ key }) => {
      if (committed.test(key) && memory.keys().includes(`${bucket}/${key}`)) crimes.push(`${key} was written again`);
    },
    onUpload: (upload) => void uploads.push(upload),
    onDelete: ({ key }) => {
      if (key.startsWith('input/') && reported().length === 0) crimes.push('I5: the input was removed before success');
    },
  });

  const s3 = {
    async send(command: { input: { Bucket: string; Key: string; Body?: string } }) {
      const { Bucket, Key, Body } = command.input;
      const ref: ObjectRef = { bucket: Bucket, key: Key };
      if (Body !== undefined) return memory.write(ref, Buffer.from(Body));
      const pieces: Uint8Array[] = [];
      for await (const piece of memory.read(ref)) pieces.push(piece);
      return { Body: Readable.from([Buffer.concat(pieces)]) };
    },
  };
  const engine: Engine = {
    region: 'us-east-1',
    accountId: '000000000000',
    clock: scheduler,
    random: random.next,
    invokeLambda: ({ functionName, payload, signal }) => lambda.invoke(functionName, JSON.parse(payload), signal),
    s3: () => s3 as unknown as S3Client,
    aws: {},
    customTasks: {},
    registry: createRegistry(),
    tokens: createTaskTokens(),
    onStatusChange: (event) => {
      const { executionArn, status } = event.detail;
      statuses.set(executionArn, status);
      if (status === 'RUNNING' || status === 'SUCCEEDED') return;
      void lambda.invokeLater('failure', event);
      onFailed(executionArn);
    },
  };
  const states: SimWorld['states'] = async (action, body) => actions[action]!(engine, body as Record<string, unknown>);

  current = {
    store,
    stage: (rows, run) => simStage(scheduler, dice)(rows, run), // each process has look-ups of its own
    log: (entry) => void logs.push(entry),
    run: { clock: scheduler, timers: scheduler, random: random.next },
    sfn: {
      send: (async (command: { constructor: { name: string }; input: object }) => {
        await scheduler.sleep(dice.latencyMs());
        if (dice.strikes('call')) throw Object.assign(new Error('made to fail'), { name: 'InternalServerError' });
        const answer = await states(command.constructor.name.replace(/Command$/, ''), command.input);
        if (dice.strikes('call')) throw Object.assign(new Error('made to fail'), { name: 'TimeoutError' });
        return answer;
      }) as Around['sfn']['send'],
    },
    notifier: {
      async send(mail) {
        await scheduler.sleep(dice.latencyMs());
        const fault = dice.strikes('mail') ? random.pick(['refused', 'lost', 'broken', 'crash'] as const) : 'none';
        if (fault === 'refused') throw Object.assign(new Error('no'), { $metadata: { httpStatusCode: 429 } });
        if (currentInvocation()?.dead !== true) mails.push(mail);
        if (fault === 'lost') throw Object.assign(new Error('cut'), { code: 'ECONNRESET' });
        if (fault === 'broken') throw Object.assign(new Error('broken'), { $metadata: { httpStatusCode: 500 } });
        if (fault === 'crash') currentInvocation()?.die();
        return { messageId: `mail-${mails.length}` };
      },
    },
    rejectSink: {
      async write({ batchId, index }, rejects) {
        await scheduler.sleep(dice.latencyMs());
        for await (const { rowNumber, byteOffset } of rejects)
          table.set(`${batchId}#${index}#${rowNumber}`, byteOffset);
      },
    },
  };
  // Checking the definition takes longer than a run: that is done once.
  if (machine === undefined) {
    await states('CreateStateMachine', {
      name: bucket,
      roleArn: 'arn:aws:iam::000000000000:role/test',
      definition: JSON.stringify(stateMachineDefinition(functionNames)),
    });
    machine = engine.registry.machines.get(stateMachineArn);
  }
  engine.registry.machines.set(stateMachineArn, machine!);
  return { dice, scheduler, memory, lambda, engine, logs, mails, table, uploads, crimes, states, statuses };
};

export { stateMachineArn };
