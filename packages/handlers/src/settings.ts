import {
  checkAliases,
  checkDialect,
  checkOutputFormat,
  type OutputFormat,
  type SplitOrScanOptions,
} from '@pipeline/chunker';
import type { BatchSettings } from './state.ts';

/** Those of the named properties that have a value; settings may hold others, which are of no concern here. */
const pick = <T extends object, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> =>
  Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]])) as Pick<T, K>;

/** What the splitter takes of a batch's settings. */
export const splitSettings = (settings: BatchSettings): Partial<SplitOrScanOptions> => ({
  ...pick(settings, [
    'encoding',
    'skipLines',
    'header',
    'aliases',
    'detect',
    'minConfidence',
    'unpack',
    'text',
    'records',
  ]),
  ...pick(settings, ['chunkRows', 'chunkBytes', 'chunkCount', 'auto', 'plan', 'scanTasksFromBytes']),
  dialect: pick(settings, ['delimiter', 'quote', 'escape', 'comment', 'loneCr']),
});

/** What the worker takes of a batch's settings. */
export const outputSettings = ({ output = {}, ...settings }: BatchSettings): OutputFormat => ({
  ...pick(settings, ['columns']),
  ...pick(output, ['format', 'compression', 'types', 'quoting', 'formulaGuard', 'headerRecord']),
  ...pick(output, ['delimiter', 'quote', 'escape', 'newline']),
});

/**
 * Checks what can be checked of settings before any upload comes.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 */
export const checkSettings = (settings: BatchSettings): BatchSettings => {
  checkDialect(settings);
  if (settings.aliases !== undefined) checkAliases(settings.aliases);
  checkOutputFormat(outputSettings(settings));
  return settings;
};
