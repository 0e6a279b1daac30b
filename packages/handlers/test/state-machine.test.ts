import { describe, expect, test } from 'vitest';
import { stateMachineDefinition, transientRetry } from '../src/index.ts';

const functions = {
  SplitFunction: 'split',
  ProcessFunction: 'process',
  ResolveFunction: 'resolve',
  MergeFunction: 'merge',
  ArchiveFunction: 'archive',
  NotifyFunction: 'notify',
};

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly End?: boolean;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly JitterStrategy: string }[];
  readonly TimeoutSeconds?: unknown;
  readonly MaxConcurrency?: unknown;
  readonly ItemProcessor?: Machine;
  readonly Parameters?: {
    readonly FunctionName?: string;
    readonly Payload?: { readonly scanTasks?: boolean };
  };
}
interface Machine {
  readonly StartAt: string;
  readonly TimeoutSeconds?: unknown;
  readonly States: Readonly<Record<string, State>>;
}
const machineOf = (more: object = {}): Machine =>
  stateMachineDefinition({ ...functions, ...more }) as unknown as Machine;
const scanning = { ScanFunction: 'scan' };
const statesOf = ({ States }: Machine): [string, State][] =>
  Object.entries(States).flatMap(([name, state]) => [
    [name, state] as [string, State],
    ...(state.ItemProcessor === undefined ? [] : statesOf(state.ItemProcessor)),
  ]);
const tasks = statesOf(machineOf(scanning)).filter(([, { Type }]) => Type === 'Task');

describe('stateMachineDefinition', () => {
  test('leaves no placeholder open, and has no function but the given ones', () => {
    expect(JSON.stringify(machineOf())).not.toContain('${');
    expect(JSON.stringify(machineOf(scanning))).not.toContain('${');
    expect(new Set(tasks.map(([, { Parameters }]) => Parameters!.FunctionName))).toEqual(
      new Set([...Object.values(functions), 'scan']),
    );
  });

  test('without a function for scan tasks there is no state for them, and the splitter asks for none', () => {
    const scanTasksOf = ({ States }: Machine) => States.Split!.Parameters!.Payload!.scanTasks;
    expect([scanTasksOf(machineOf()), scanTasksOf(machineOf(scanning))]).toEqual([false, true]);
    expect(JSON.stringify(machineOf())).not.toContain('ScanRange');
    expect(Object.keys(machineOf(scanning).States)).toContain('ScanRanges');
  });

  test('a sampled plan that was wrong is planned again once, with nothing left of the first', () => {
    const { States } = machineOf();
    expect(States.Prepare).toMatchObject({ Result: { cursor: null, planNumber: 1 }, ResultPath: '$.split' });
    expect(States.Replan).toMatchObject({
      Result: { cursor: null, planNumber: 2 },
      ResultPath: '$.split',
      Next: 'Split',
    });
    expect(Object.values(States).filter(({ Next }) => Next === 'Replan')).toEqual([]);
  });

  test.each(Object.keys(functions))('throws when nothing fills %s', (name) => {
    expect(() => machineOf({ [name]: undefined })).toThrow(`nothing fills the placeholder ${name}`);
  });

  test.each(tasks)('%s has a time limit and retries only what may pass, with jitter', (_, state) => {
    expect(state.TimeoutSeconds).toEqual(expect.any(Number));
    expect(state.Retry).toEqual(transientRetry);
    const names = state.Retry!.flatMap(({ ErrorEquals }) => ErrorEquals);
    expect(names).not.toContain('States.ALL');
    expect(names).not.toContain('States.TaskFailed');
    expect(names.filter((name) => name.startsWith('Pipeline')).sort()).toEqual([
      'PipelineDeadlineError',
      'PipelineDeliveryError',
      'PipelineLookupError',
      'PipelineStorageError',
    ]);
    expect(new Set(names).size).toBe(names.length);
    expect(state.Retry!.every(({ JitterStrategy }) => JitterStrategy === 'FULL')).toBe(true);
  });

  test('nothing is caught and no failed chunk tolerated: what fails ends FAILED and can be redriven', () => {
    expect(JSON.stringify(machineOf())).not.toMatch(/"Catch"|Tolerated|"Type":"(Fail|Succeed)"/);
  });

  test('every state is reached, and every way ends', () => {
    const check = (machine: Machine): void => {
      const seen = new Set<string>();
      const visit = (name: string): void => {
        if (seen.has(name)) return;
        seen.add(name);
        const { Next, Default, End, Choices = [], ItemProcessor } = machine.States[name]!;
        const next = [Next, Default, ...Choices.map((choice) => choice.Next)].filter((to) => to !== undefined);
        expect(next.length > 0 || End === true, name).toBe(true);
        next.forEach(visit);
        if (ItemProcessor !== undefined) check(ItemProcessor);
      };
      visit(machine.StartAt);
      expect([...seen].sort()).toEqual(Object.keys(machine.States).sort());
    };
    check(machineOf());
    check(machineOf(scanning));
  });

  test('concurrency, limit and work prefix are filled in with their types', () => {
    const [defaults, chosen] = [
      machineOf(scanning),
      machineOf({ ...scanning, MaxConcurrency: 7, TimeoutSeconds: 60, WorkPrefix: 'x/y/' }),
    ];
    expect([defaults, chosen].map(({ States }) => States.ScanRanges!.MaxConcurrency)).toEqual([40, 7]);
    expect([defaults.TimeoutSeconds, defaults.States.ProcessChunks!.MaxConcurrency]).toEqual([86_400, 40]);
    expect([chosen.TimeoutSeconds, chosen.States.ProcessChunks!.MaxConcurrency]).toEqual([60, 7]);
    expect(JSON.stringify(defaults)).toContain("States.Format('batches/{}/map', $.batchId)");
    expect(JSON.stringify(chosen)).toContain("States.Format('x/y/{}/map', $.batchId)");
  });

  test('what one call changes, the next does not see', () => {
    const first = machineOf() as unknown as { States: Record<string, unknown> };
    first.States.Split = undefined;
    expect(machineOf().States.Split).toBeDefined();
  });
});
