import { type PlanOptions, planTemplate } from '../template/plan-template.ts';
import { readAssembly } from '../template/read-assembly.ts';
import type { PlannedRule, TemplatePlan } from '../template/template-plan.ts';
import type { LocalApp } from './local-app.ts';
import { accountId, region } from './place.ts';

/** What is run, and with which values. */
export interface TemplateAppOptions extends PlanOptions {
  /** Folder that `cdk synth` wrote. */
  readonly folder: string;
  /** Which stack, where the folder has several. @default the only one */
  readonly stack?: string;
  /** Module that stands for a container image, by the image's build argument `ENTRY` or its name. @default {} */
  readonly images?: Readonly<Record<string, string>>;
  /** Fills tables and buckets once everything stands. */
  readonly seed?: LocalApp['seed'];
}

interface Pattern {
  readonly source?: readonly string[];
  readonly detail?: {
    readonly bucket?: { readonly name?: readonly string[] };
    readonly object?: { readonly key?: readonly { readonly wildcard?: string }[] };
    readonly stateMachineArn?: readonly string[];
  };
}

const last = (arn: string): string => arn.split(':').at(-1)!;

const targetOf = (rule: PlannedRule, service: string): string | undefined => {
  const found = rule.targets.find(({ Arn }) => Arn.split(':')[2] === service);
  return found === undefined ? undefined : last(found.Arn);
};

const ruleOf = (plan: TemplatePlan, source: string): PlannedRule => {
  const found = plan.rules.find(({ pattern }) => (pattern as Pattern).source?.includes(source) === true);
  if (found === undefined) throw new Error(`the stack ${plan.stackName} has no rule for events of ${source}`);
  return found;
};

/** Where uploads come in, and what takes them. */
const triggerOf = (plan: TemplatePlan) => {
  const rule = ruleOf(plan, 'aws.s3');
  const { bucket, object } = (rule.pattern as Pattern).detail ?? {};
  const queue = targetOf(rule, 'sqs');
  const source = plan.sources.find((one) => one.queue === queue);
  if (bucket?.name?.[0] === undefined || queue === undefined || source === undefined)
    throw new Error(`the rule ${rule.name} leads uploads of no bucket through a queue to a function`);
  const [prefix = '', suffix = ''] = (object?.key?.[0]?.wildcard ?? '*').split('*');
  return { bucket: bucket.name[0], queue, prefix, suffix, functionName: source.functionName };
};

/** The machine that a variable of the trigger's function names. */
const machineOf = (plan: TemplatePlan, functionName: string, variable: string) => {
  const arn = plan.functions.find(({ name }) => name === functionName)?.environment[variable];
  return plan.machines.find((machine) => machine.arn === arn);
};

/**
 * The pipeline as it was synthesised: the local stack then runs what the template has, each function with its own bundle,
 * variables, limits and key, and lets nobody do what its role does not allow.
 *
 * @throws Error for a folder or stack that is not there, and for what the template has and cannot be run as it says
 * @example
 * const stack = await startLocalStack(await templateApp({ folder: 'cdk.out', parameters: { SESSender: 'me@example.com' } }));
 */
export const templateApp = async ({
  folder,
  stack,
  images = {},
  seed,
  ...options
}: TemplateAppOptions): Promise<LocalApp> => {
  const plan = planTemplate(await readAssembly(folder, stack), { region, accountId }, options);
  const { bucket, queue, ...trigger } = triggerOf(plan);
  const machine = machineOf(plan, trigger.functionName, 'STATE_MACHINE_ARN') ?? plan.machines[0];
  if (machine === undefined) throw new Error(`the stack ${plan.stackName} has no state machine`);
  const replays = machineOf(plan, trigger.functionName, 'REPLAY_MACHINE_ARN');
  const failures = targetOf(ruleOf(plan, 'aws.states'), 'lambda') ?? '';
  const entryOf = ({ image, family }: TemplatePlan['tasks'][number]): string => {
    const entry = images[image];
    if (entry === undefined)
      throw new Error(`the task ${family} runs the image ${image}, for which no module is given`);
    return entry;
  };
  return {
    name: plan.stackName,
    bucket,
    functions: () =>
      Object.fromEntries(
        plan.functions.map(({ name, file, environment, timeoutSeconds, memoryMb, reservedConcurrency }) => [
          name,
          {
            ...{ entry: file, environment, timeoutSeconds, memoryMb },
            ...(reservedConcurrency === undefined ? {} : { reservedConcurrency }),
          },
        ]),
      ),
    tables: [],
    ...(plan.tasks.length === 0
      ? {}
      : {
          tasks: () =>
            Object.fromEntries(
              plan.tasks.map((task) => [
                task.family,
                { entry: entryOf(task), container: task.container, environment: task.environment },
              ]),
            ),
        }),
    ...(plan.api === undefined ? {} : { api: plan.api.routes }),
    stateMachine: () => machine.definition,
    ...(replays === undefined ? {} : { replayMachine: () => replays.definition }),
    trigger,
    failureFunction: failures,
    ...(seed === undefined ? {} : { seed }),
    notes: plan.notRun,
    template: { ...plan, uploadsQueue: queue, stateMachineArn: machine.arn, replayMachineArn: replays?.arn },
  };
};
