import { PipelineConfigError } from '@pipeline/core';

/** Holds the settings of a deployed task: a JSON object of environment variables. */
export const settingsVariable = 'PIPELINE_SETTINGS';

/**
 * Makes environment variables of the settings that a deployed task gets as one secret, where there are any. Variables that
 * are set already stay. Call it before the modules that read settings are imported.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` for settings that are no JSON object of texts; they are not quoted
 * @example
 * applyTaskSettings();
 * const { handler } = await import('./process.ts');
 * process.exitCode = await runAsTask(handler, { store, sfn: new SFNClient() });
 */
export const applyTaskSettings = (env: Record<string, string | undefined> = process.env): void => {
  const text = env[settingsVariable] ?? '';
  if (text === '') return;
  for (const [name, value] of Object.entries(readSettings(text))) env[name] ??= value;
};

const readSettings = (text: string): Readonly<Record<string, string>> => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && Object.values(value).every((one) => typeof one === 'string'))
      return value as Record<string, string>;
  } catch {
    // refused below
  }
  throw new PipelineConfigError('CONFIG_INVALID', {
    option: settingsVariable,
    expected: 'a JSON object of texts',
    got: `${text.length} characters of something else`,
  });
};
