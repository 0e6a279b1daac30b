import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  ListMapRunsCommand,
  RedriveExecutionCommand,
  StopExecutionCommand,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FunctionError, type Harness, lambdaTask, outputOf, startHarness } from './harness.ts';

let local: Harness;
const calls: unknown[] = [];
let healthy = false;
beforeAll(async () => {
  local = await startHarness();
  local.functions.flaky = (payload) => {
    calls.push(payload);
    if (!healthy && payload.bad) throw new FunctionError('Broken', 'not yet');
    return payload;
  };
});
afterAll(() => local.close());

async function failThenRedrive(definition: object, input: unknown): Promise<{ arn: string; retried: unknown[] }> {
  healthy = false;
  const failed = await local.run(definition, input);
  expect(failed).toMatchObject({ status: 'FAILED', redriveStatus: 'REDRIVABLE', redriveCount: 0 });
  healthy = true;
  calls.length = 0;
  const arn = failed.executionArn!;
  const { redriveDate } = await local.client.send(new RedriveExecutionCommand({ executionArn: arn }));
  expect(redriveDate).toBeInstanceOf(Date);
  return { arn, retried: calls };
}

const task = (more: object) => lambdaTask('flaky', { ResultSelector: { 'got.$': '$.Payload' }, ...more });
const chain = (last: object) => ({
  StartAt: 'First',
  States: { First: task({ ResultPath: '$.first', End: undefined, Next: 'Second' }), Second: last },
});

describe('redrive', () => {
  it('goes on at the state that failed, with the definition it started with', async () => {
    healthy = false;
    const machine = await local.create(chain(task({ Parameters: { FunctionName: 'flaky', Payload: { bad: true } } })));
    const arn = await local.start(machine, { n: 1 });
    await local.ended(arn);
    await local.client.send(
      new UpdateStateMachineCommand({
        stateMachineArn: machine,
        definition: '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}',
      }),
    );
    healthy = true;
    calls.length = 0;
    await local.client.send(new RedriveExecutionCommand({ executionArn: arn }));
    const execution = await local.ended(arn);
    expect(outputOf(execution)).toEqual({ got: { bad: true } });
    expect(execution).toMatchObject({ redriveCount: 1, redriveStatus: 'NOT_REDRIVABLE' });
    expect(execution.error).toBeUndefined();
    expect(calls).toEqual([{ bad: true }]);
    const events = await local.history(arn);
    const types = events.map(({ type }) => type);
    const redriven = types.indexOf('ExecutionRedriven');
    expect(types.slice(redriven - 2, redriven + 3)).toEqual([
      'TaskFailed',
      'ExecutionFailed',
      'ExecutionRedriven',
      'TaskScheduled',
      'TaskStarted',
    ]);
    expect(events[redriven]!.executionRedrivenEventDetails).toEqual({ redriveCount: 1 });
    expect(types.filter((type) => type === 'TaskStateEntered')).toHaveLength(2);
    const statuses = local.events
      .filter(({ detail }) => detail.executionArn === arn)
      .map(({ detail }) => [detail.status, detail.redriveCount]);
    expect(statuses).toEqual([
      ['RUNNING', 0],
      ['FAILED', 0],
      ['RUNNING', 1],
      ['SUCCEEDED', 1],
    ]);
  });

  it('counts retries anew', async () => {
    const Retry = [{ ErrorEquals: ['Broken'], MaxAttempts: 1 }];
    const { arn } = await failThenRedrive({ StartAt: 'T', States: { T: task({ Retry }) } }, { bad: true });
    expect(outputOf(await local.ended(arn))).toEqual({ got: { bad: true } });
    healthy = false;
    const failed = await local.run({ StartAt: 'T', States: { T: task({ Retry }) } }, { bad: true });
    calls.length = 0;
    await local.client.send(new RedriveExecutionCommand({ executionArn: failed.executionArn }));
    expect((await local.ended(failed.executionArn!)).status).toBe('FAILED');
    expect(calls).toHaveLength(2);
  });

  it('runs only the branches that had not succeeded', async () => {
    const branch = (bad: boolean) => ({
      StartAt: `T${bad}`,
      States: {
        [`T${bad}`]: lambdaTask('flaky', {
          Parameters: { FunctionName: 'flaky', Payload: { bad } },
          OutputPath: '$.Payload',
        }),
      },
    });
    const slow = {
      StartAt: 'W',
      States: { W: { Type: 'Wait', Seconds: 60, Next: 'P' }, P: { Type: 'Pass', Result: 'waited', End: true } },
    };
    const definition = {
      StartAt: 'Both',
      States: { Both: { Type: 'Parallel', Branches: [branch(false), branch(true), slow], End: true } },
    };
    const { arn, retried } = await failThenRedrive(definition, {});
    expect(outputOf(await local.ended(arn))).toEqual([{ bad: false }, { bad: true }, 'waited']);
    expect(retried).toEqual([{ bad: true }]);
  });

  it('runs only the iterations of an inline Map that had not succeeded', async () => {
    const ItemProcessor = { StartAt: 'T', States: { T: lambdaTask('flaky', { OutputPath: '$.Payload.n' }) } };
    const definition = {
      StartAt: 'Each',
      States: { Each: { Type: 'Map', MaxConcurrency: 1, ItemProcessor, End: true } },
    };
    const { arn, retried } = await failThenRedrive(definition, [{ n: 0 }, { n: 1, bad: true }, { n: 2 }]);
    expect(outputOf(await local.ended(arn))).toEqual([0, 1, 2]);
    expect(retried).toEqual([{ n: 1, bad: true }, { n: 2 }]);
  });

  it.each(['STANDARD', 'EXPRESS'])(
    'runs only the %s children of a Map Run that had not succeeded',
    async (ExecutionType) => {
      const ItemProcessor = {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType },
        StartAt: 'Before',
        States: {
          Before: lambdaTask('flaky', {
            Parameters: { FunctionName: 'flaky', Payload: { 'before.$': '$.n' } },
            ResultPath: null,
            End: undefined,
            Next: 'T',
          }),
          T: lambdaTask('flaky', { OutputPath: '$.Payload.n' }),
        },
      };
      const definition = {
        StartAt: 'Each',
        States: { Each: { Type: 'Map', MaxConcurrency: 1, Label: 'L', ItemProcessor, End: true } },
      };
      const { arn, retried } = await failThenRedrive(definition, [{ n: 0 }, { n: 1, bad: true }, { n: 2 }]);
      expect(outputOf(await local.ended(arn))).toEqual([0, 1, 2]);
      const again = ExecutionType === 'EXPRESS' ? [{ before: 1 }, { n: 1, bad: true }] : [{ n: 1, bad: true }];
      expect(retried).toEqual([...again, { before: 2 }, { n: 2 }]);

      const { mapRuns } = await local.client.send(new ListMapRunsCommand({ executionArn: arn }));
      expect(mapRuns).toHaveLength(1);
      const mapRun = await local.client.send(new DescribeMapRunCommand({ mapRunArn: mapRuns![0]!.mapRunArn }));
      expect(mapRun).toMatchObject({
        status: 'SUCCEEDED',
        redriveCount: 1,
        itemCounts: { succeeded: 3, failed: 0, pending: 0, total: 3 },
      });
      const events = await local.history(arn);
      expect(events.find(({ type }) => type === 'MapRunRedriven')!.mapRunRedrivenEventDetails).toEqual({
        mapRunArn: mapRuns![0]!.mapRunArn,
        redriveCount: 1,
      });
      expect(events.filter(({ type }) => type === 'MapRunStarted')).toHaveLength(1);
    },
  );

  it('can come back to the same Map Run again and again', async () => {
    let fails = 3;
    local.functions.countdown = ({ n }) => {
      if (n === 1 && fails-- > 0) throw new FunctionError('Broken', 'not yet');
      return n;
    };
    const ItemProcessor = {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'T',
      States: { T: lambdaTask('countdown', { OutputPath: '$.Payload' }) },
    };
    const execution = await local.run(
      { StartAt: 'Each', States: { Each: { Type: 'Map', ItemProcessor, End: true } } },
      [{ n: 0 }, { n: 1 }],
    );
    const arn = execution.executionArn!;
    for (let i = 0; i < 3; i++) {
      expect((await local.ended(arn)).status).toBe('FAILED');
      await local.client.send(new RedriveExecutionCommand({ executionArn: arn }));
    }
    expect(outputOf(await local.ended(arn))).toEqual([0, 1]);
  });

  it('goes on after a stop', async () => {
    let hang = true;
    local.functions.hangs = (payload, { signal }) =>
      hang ? new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))) : payload;
    const arn = await local.start(
      await local.create({ StartAt: 'T', States: { T: lambdaTask('hangs', { OutputPath: '$.Payload' }) } }),
      { n: 1 },
    );
    await local.client.send(new StopExecutionCommand({ executionArn: arn }));
    hang = false;
    await local.client.send(new RedriveExecutionCommand({ executionArn: arn }));
    expect(outputOf(await local.ended(arn))).toEqual({ n: 1 });
  });

  it('comes back to the Fail state that a Catch led to', async () => {
    const definition = {
      StartAt: 'T',
      States: {
        T: lambdaTask('flaky', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'F' }] }),
        F: { Type: 'Fail', Error: 'GaveUp' },
      },
    };
    const { arn, retried } = await failThenRedrive(definition, { bad: true });
    expect(await local.ended(arn)).toMatchObject({ status: 'FAILED', error: 'GaveUp' });
    expect(retried).toEqual([]);
  });

  it('is refused for what succeeded, runs or belongs to a Map Run', async () => {
    const done = await local.run({ StartAt: 'P', States: { P: { Type: 'Pass', End: true } } });
    await expect(
      local.client.send(new RedriveExecutionCommand({ executionArn: done.executionArn })),
    ).rejects.toMatchObject({
      name: 'ExecutionNotRedrivable',
      message: 'Execution is SUCCEEDED and cannot be redriven',
    });
    local.clock.advance(0);
    const described = await local.client.send(new DescribeExecutionCommand({ executionArn: done.executionArn }));
    expect(described.redriveStatusReason).toBe('Execution is SUCCEEDED and cannot be redriven');
  });

  it('is refused after 14 days', async () => {
    healthy = false;
    const failed = await local.run({ StartAt: 'T', States: { T: task({}) } }, { bad: true });
    local.clock.advance(15 * 24 * 3600 * 1000);
    await expect(
      local.client.send(new RedriveExecutionCommand({ executionArn: failed.executionArn })),
    ).rejects.toMatchObject({
      name: 'ExecutionNotRedrivable',
    });
  });
});
