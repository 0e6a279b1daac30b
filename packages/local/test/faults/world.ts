import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import type { ObjectRef } from '@pipeline/core';
import { type LogEntry, stateMachineDefinition } from '@pipeline/handlers';
import { createTable } from '../../src/dynamodb/index.ts';
import { startS3, toEventBridgeEvent } from '../../src/s3/index.ts';
import type { SentMail } from '../../src/ses/index.ts';
import { startStepFunctions } from '../../src/stepfunctions/index.ts';
import { createNames } from './call-name.ts';
import { type AnyHandler, createFunctions, type Surroundings } from './functions.ts';
import { asCaller } from './invocation.ts';
import type { Job } from './job.ts';
import { createLambda, type Lambda } from './lambda.ts';
import { clientsOf, type Services, startServices } from './services.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';
import type { Fault } from './ways.ts';

/** A run that is over: what is left of it can be looked at until it is closed. */
export interface Ended {
  /** How the execution ended, once for each time that it was started or redriven. */
  readonly statuses: readonly string[];
  readonly executionArn: string;
  readonly batchId: string;
  readonly source: ObjectRef;
  readonly bucket: string;
  /** Every call to the outside, in the order they were made. */
  readonly calls: readonly string[];
  /** Whether the fault happened. */
  readonly struck: boolean;
  readonly logs: readonly LogEntry[];
  readonly mails: readonly SentMail[];
  /** Clients that no fault reaches. */
  readonly direct: ReturnType<typeof clientsOf>;
  /** How long it took by the clock of the job, in milliseconds. */
  readonly tookMs: number;
  close(): Promise<void>;
}

/** Where jobs run, one after the other. */
export interface World {
  run(job: Job, fault?: Fault): Promise<Ended>;
  close(): Promise<void>;
}

const functionNames = {
  SplitFunction: 'split',
  ProcessFunction: 'process',
  ResolveFunction: 'resolve',
  MergeFunction: 'merge',
  ArchiveFunction: 'archive',
  NotifyFunction: 'notify',
};

/** So long nothing may happen before the clock goes on, in real milliseconds. */
const quietMs = 12;
/** So long a run may take before it is given up, in real milliseconds. */
const patienceMs = 30_000;

/** What one run adds to the services: what is asked of it while it goes on. */
interface Running {
  onCall(caller: string, operation: string): Fault['way'] | undefined;
  kill(requestId: string): void;
}

const bucket = 'orders';
const stateMachineArn = `arn:aws:states:us-east-1:000000000000:stateMachine:${bucket}`;

/** What a run asks of the world around it. */
interface RunOptions {
  readonly clock: VirtualClock;
  readonly functions: (caller: string) => AnyHandler;
  readonly onMove: () => void;
  readonly onHang: () => () => void;
  readonly onCall: (caller: string, operation: string) => Fault['way'] | undefined;
}

export const startWorld = async (): Promise<World> => {
  let running: Running | undefined;
  let flight = 0;
  let lastMove = performance.now();
  const onFlight = (change: 1 | 0 | -1): void => {
    flight += change;
    lastMove = performance.now();
  };
  const services = await startServices({
    onCall: ({ caller, operation }) => (caller === 'client' ? undefined : running?.onCall(caller, operation)),
    onCrash: ({ requestId }) => running?.kill(requestId),
    onHang: () => onHang(),
    onFlight,
  });

  let clock = createVirtualClock();
  let logs: LogEntry[] = [];
  let struck = false;
  let hanging = 0;
  const onHang = (): (() => void) => {
    hanging++;
    return () => void hanging--;
  };
  const around: Omit<Surroundings, 'settings'> = {
    bucket,
    stateMachineArn,
    clients: services.clients,
    httpEndpoint: services.httpEndpoint,
    log: (entry) => void logs.push(entry),
    currentRun: () => clock,
    run: {
      clock: { now: () => clock.now() },
      timers: { sleep: (ms, signal) => clock.sleep(ms, signal) },
      random: () => 0.5,
      fetch: (url, init) =>
        asCaller((header) => fetch(url, { ...init, headers: { ...(init?.headers as object), ...header } })),
    },
  };
  const functions = new Map<Job, (caller: string) => AnyHandler>();
  const functionsOf = (job: Job): ((caller: string) => AnyHandler) => {
    const known = functions.get(job) ?? createFunctions({ ...around, settings: job.settings });
    functions.set(job, known);
    return known;
  };

  /** Waits until `settled`; while a call hangs, lets time pass whenever nothing else happens. */
  const wait = async (settled: () => boolean): Promise<void> => {
    const until = performance.now() + patienceMs;
    while (!settled()) {
      if (performance.now() > until) throw new Error('the run does not come to an end');
      await new Promise((resolve) => setTimeout(resolve, 2));
      if (hanging === 0 || flight > 0 || performance.now() - lastMove < quietMs) continue;
      clock.advance();
      lastMove = performance.now() - quietMs / 2;
    }
  };

  return {
    async run(job, fault) {
      flight = 0;
      hanging = 0;
      clock = createVirtualClock();
      logs = [];
      const name = createNames();
      const calls: string[] = [];
      struck = false;
      const onCall = (caller: string, operation: string): Fault['way'] | undefined => {
        const call = name(caller, operation);
        calls.push(call);
        if (struck || call !== fault?.call) return undefined;
        struck = true;
        return fault.way;
      };
      const run = await openRun(job, services, {
        clock,
        functions: functionsOf(job),
        onMove: () => onFlight(0),
        onHang,
        onCall,
      });
      running = { onCall, kill: run.lambda.kill };
      try {
        const statuses = await run.finish(wait);
        const { batchId, executionArn, source, direct, tookMs, close } = run;
        const mails = await services.ses.messages();
        return {
          batchId: batchId(),
          executionArn: executionArn(),
          source: source(),
          tookMs: tookMs(),
          ...{ statuses, bucket, calls, logs, mails, direct, close },
          struck,
        };
      } catch (error) {
        await run.close();
        throw error;
      }
    },
    close: () => services.close(),
  };
};

/** The services of one run, which are thrown away after it. */
const openRun = async (job: Job, services: Services, { clock, functions, onMove, onHang, onCall }: RunOptions) => {
  const { proxies } = services;
  const startedAt = clock.now();
  const ended: string[] = [];
  let executionArn = '';
  let batchId = '';
  let running = false;
  let source: ObjectRef = { bucket, key: '' };

  const s3 = await startS3({
    onObjectEvent: (event) => {
      if (event.eventName.startsWith('ObjectCreated:') && event.key.startsWith('input/'))
        lambda.invokeLater('intake', toEventBridgeEvent(event));
    },
  });
  s3.createBucket(bucket, { versioning: true });
  const mapS3 = clientsOf({ s3: s3.endpoint, dynamodb: s3.endpoint, ses: s3.endpoint, states: s3.endpoint });
  const stepFunctions = await startStepFunctions({
    s3: () => mapS3.s3,
    clock,
    random: () => 0,
    invokeLambda: ({ functionName, payload }) => lambda.invoke(functionName, JSON.parse(payload)),
    onStatusChange: (event) => {
      const { status, input } = event.detail;
      executionArn = event.detail.executionArn;
      ({ batchId } = JSON.parse(input) as { batchId: string });
      running = status === 'RUNNING';
      if (running) return;
      ended.push(status);
      if (status !== 'SUCCEEDED') lambda.invokeLater('failure', event);
    },
  });
  proxies.s3.leadTo(s3.endpoint);
  proxies.states.leadTo(stepFunctions.endpoint);
  const direct = clientsOf({
    s3: s3.endpoint,
    dynamodb: proxies.dynamodb.endpoint,
    ses: proxies.ses.endpoint,
    states: stepFunctions.endpoint,
  });
  await Promise.all([
    services.ses.clear(),
    createTable(services.dynamodb, { tableName: 'rejects', partitionKey: 'pk', sortKey: { name: 'row', type: 'N' } }),
  ]);
  await direct.sfn.send(
    new CreateStateMachineCommand({
      name: bucket,
      roleArn: 'arn:aws:iam::000000000000:role/test',
      definition: JSON.stringify(stateMachineDefinition(functionNames)),
    }),
  );
  const lambda: Lambda = createLambda({
    clock,
    onMove,
    onHang,
    functions,
    onCall: (caller) => onCall('service', `lambda:Invoke/${caller}`),
  });

  return {
    lambda,
    direct,
    batchId: () => batchId,
    executionArn: () => executionArn,
    source: () => source,
    tookMs: () => clock.now() - startedAt,
    /** Uploads, waits for the end, and redrives once what should not have failed. */
    async finish(wait: (settled: () => boolean) => Promise<void>): Promise<readonly string[]> {
      const key = `input/${job.name}.csv`;
      const { VersionId, ETag } = await direct.s3.send(
        new PutObjectCommand({ Bucket: bucket, Key: key, Body: job.file }),
      );
      source = { bucket, key, versionId: VersionId!, etag: ETag! };
      const settled = (): boolean => ended.length > 0 && !running && lambda.idle();
      await wait(settled);
      if (ended.at(-1) === 'SUCCEEDED' || job.failsWith !== undefined) return ended;
      running = true;
      await direct.sfn.send(new RedriveExecutionCommand({ executionArn }));
      await wait(settled);
      return ended;
    },
    async close() {
      for (const client of [...Object.values(mapS3), ...Object.values(direct)]) client.destroy();
      await Promise.all([
        stepFunctions.close(),
        s3.close(),
        services.dynamodb.send(new DeleteTableCommand({ TableName: 'rejects' })),
      ]);
    },
  };
};
