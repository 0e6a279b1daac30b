import { batchIdOf } from '@pipeline/core';
import { violationsOf } from './check.ts';
import { bucket } from './sim-functions.ts';
import { chunkRows, fileOf } from './sim-job.ts';
import { type Mutant, openSimWorld, type SimWorld, stateMachineArn } from './sim-world.ts';

/** An upload, and the batch that it has to become. */
export interface Upload {
  readonly version: number;
  readonly rows: number;
  readonly key: string;
  readonly etag: string;
  readonly sequencer: string;
  readonly batchId: string;
  /** When a later upload took its place, by the world's clock. */
  replacedAt?: number;
}

/** What came of one run. */
export interface SimOutcome {
  readonly seed: number;
  readonly violations: readonly string[];
  /** What happened, in order: the same for the same seed. */
  readonly trace: string;
  /** How the executions ended, by name. */
  readonly statuses: Readonly<Record<string, string>>;
  /** Multipart uploads that were begun, and those that a lifecycle rule has to end. */
  readonly uploads: { readonly begun: number; readonly left: number };
}

const settings = { chunkRows };

/** What a run does to its batches, out of its seed: uploads, events, executions side by side, stops and redrives. */
const play = (world: SimWorld, uploads: Upload[]) => {
  const { dice, scheduler, memory, lambda, states } = world;
  const { random } = dice;
  let actors = 0;
  const act = (work: () => Promise<unknown>): void => {
    actors++;
    const done = (): void => void actors--;
    work().then(done, done);
  };
  const event = ({ key, etag, sequencer }: Upload) => ({
    source: 'aws.s3',
    'detail-type': 'Object Created',
    detail: { bucket: { name: bucket }, object: { key, etag: etag.replaceAll('"', ''), sequencer, size: 1 } },
  });

  const upload = async (): Promise<void> => {
    const version = uploads.length + 1;
    const rows = random.whole(1, 50);
    const key = 'input/orders.csv';
    const ref = await memory.write({ bucket, key }, Buffer.from(fileOf(version, rows)));
    const etag = ref!.etag!;
    const sequencer = String(version).padStart(4, '0');
    const batchId = batchIdOf({ bucket, key, etag, sequencer, config: { settings } });
    for (const earlier of uploads) earlier.replacedAt ??= scheduler.now();
    const mine = { version, rows, key, etag, sequencer, batchId };
    uploads.push(mine);
    // At least one event, late and out of order, perhaps more.
    for (let copies = random.pick([1, 1, 2, 3]); copies > 0; copies--)
      act(async () => {
        await scheduler.sleep(random.whole(0, random.pick([10, 5_000, 2_000_000])));
        await lambda.invokeLater('intake', event(mine));
      });
    if (random.chance(0.3))
      act(async () => {
        // Somebody starts the batch by hand while it runs.
        await scheduler.sleep(random.whole(0, 5_000));
        const input = { batchId, source: { bucket, key, etag }, settings };
        await states('StartExecution', { stateMachineArn, name: `${batchId}-again`, input: JSON.stringify(input) });
      });
    if (random.chance(0.1))
      act(async () => {
        await scheduler.sleep(random.whole(0, 5_000));
        const [running] = [...world.statuses].filter(([, status]) => status === 'RUNNING');
        if (running !== undefined) await states('StopExecution', { executionArn: running[0] });
      });
  };

  act(upload);
  for (let more = random.pick([0, 0, 0, 1, 2]); more > 0; more--)
    act(async () => {
      await scheduler.sleep(random.whole(1, random.pick([200, 2_000, 1_000_000])));
      await upload();
    });
  return {
    idle: () => actors === 0 && lambda.idle() && ![...world.statuses.values()].includes('RUNNING'),
    redrive: (executionArn: string) =>
      act(async () => {
        await scheduler.sleep(random.whole(0, 100_000));
        await states('RedriveExecution', { executionArn });
      }),
    deliver: (missing: Upload) => act(() => lambda.invokeLater('intake', event(missing))),
  };
};

/** Runs the whole job in one seeded world, with whatever goes wrong there; then calms down and has it finished. */
export const simulate = async (seed: number, mutant: Mutant = {}): Promise<SimOutcome> => {
  const uploads: Upload[] = [];
  let redrives = 0;
  const world: SimWorld = await openSimWorld(
    seed,
    (executionArn) => {
      if (redrives++ < 3) acting.redrive(executionArn);
    },
    mutant,
  );
  const acting = play(world, uploads);
  const outcome = (violations: readonly string[]): SimOutcome => ({
    seed,
    violations,
    trace: traceOf(world),
    uploads: { begun: world.uploads.length, left: world.memory.openUploads() },
    statuses: Object.fromEntries([...world.statuses].map(([arn, status]) => [arn.split(':').at(-1)!, status])),
  });
  try {
    await world.scheduler.runUntil(acting.idle);
    world.dice.calm();
    redrives = 1_000;
    for (const upload of uploads)
      if (![...world.statuses.keys()].some((arn) => arn.includes(upload.batchId))) acting.deliver(upload);
    for (const [executionArn, status] of world.statuses) if (status !== 'SUCCEEDED') acting.redrive(executionArn);
    await world.scheduler.runUntil(acting.idle);
  } catch (error) {
    return outcome([String(error)]);
  }
  return outcome(await violationsOf(world, uploads));
};

/** Everything that was logged, with the time of the simulated clock at its end. */
const traceOf = ({ logs, scheduler, mails }: SimWorld): string =>
  [
    ...logs.map(({ message, requestId, handler, durationMs: _, ...rest }) =>
      JSON.stringify([message, requestId, handler, rest]),
    ),
    ...mails.map(({ subject }) => subject),
    scheduler.now(),
  ].join('\n');
