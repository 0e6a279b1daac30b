import { PipelineConfigError } from '@pipeline/core';

/** Holds the settings of a deployed task: environment variables, a line each. */
export const settingsVariable = 'PIPELINE_SETTINGS';

/**
 * Makes environment variables of the settings that a deployed task gets as one secret, where there are any: a line
 * `NAME=value` each, so that values known only when the stack is deployed need no escapes. Variables that are set already stay.
 * Call it before the modules that read settings are imported.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` for a line that is none; it is not quoted
 * @example
 * applyTaskSettings();
 * const { handler } = await import('./process.ts');
 * process.exitCode = await runAsTask(handler, { store, sfn: new SFNClient() });
 */
export const applyTaskSettings = (env: Record<string, string | undefined> = process.env): void => {
  const lines = (env[settingsVariable] ?? '').split('\n').filter((line) => line !== '');
  for (const [index, line] of lines.entries()) {
    const [, name, value] = /^(\w+)=(.*)$/s.exec(line) ?? [];
    if (name === undefined)
      throw new PipelineConfigError('CONFIG_INVALID', {
        option: settingsVariable,
        expected: 'NAME=value in every line',
        got: `${line.length} characters of something else in line ${index + 1}`,
      });
    env[name] ??= value;
  }
};
