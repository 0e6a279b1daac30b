import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { type RequiredFunction, usualSettings } from '../function-settings.ts';
import type { FunctionName } from '../permissions.ts';
import { PipelineFunction } from '../pipeline-function.ts';
import { Traces } from '../traces.ts';
import type { DeployedFunctions } from './entries.ts';

/** The functions by name; `scan`, `replay` and `queue` where there are such. */
export type PipelineFunctions = Readonly<
  Record<RequiredFunction, PipelineFunction> & Partial<Record<FunctionName, PipelineFunction>>
>;

/** What all functions share. */
export interface FunctionsProps {
  readonly settings: DeployedFunctions;
  /** Bundles by name. */
  readonly code: Readonly<Record<string, Code>>;
  readonly environment: Readonly<Record<string, string>>;
  /** Told to those that are the pipeline's own. */
  readonly ownEnvironment: Readonly<Record<string, string>>;
  readonly deadLetters: IQueue;
  readonly logRetention: RetentionDays;
}

/** The functions that there are. */
export const namesOf = (settings: FunctionsProps['settings']): readonly FunctionName[] =>
  (Object.keys(settings) as FunctionName[]).filter((name) => settings[name] !== undefined);

/** Makes the functions of a pipeline, each with a role of its own. */
export const makeFunctions = (
  scope: Construct,
  { settings, code, environment, ownEnvironment, deadLetters, logRetention }: FunctionsProps,
): PipelineFunctions => {
  const traces = new Traces(scope, 'Traces');
  return Object.fromEntries(
    namesOf(settings).map((name) => {
      const { entry: _, own, environment: more, ...rest } = settings[name]!;
      const fn = new PipelineFunction(scope, pascal(name), {
        ...usualSettings[name],
        ...rest,
        code: code[name]!,
        environment: { ...environment, ...(own ? ownEnvironment : {}), ...more },
        deadLetters,
        logRetention,
        traces,
      });
      return [name, fn];
    }),
  ) as PipelineFunctions;
};

const pascal = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1);
