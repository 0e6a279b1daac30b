import { readFileSync } from 'node:fs';
import type { ObjectRef, UniqueRule } from '@pipeline/core';
import type { BatchSettings } from '@pipeline/handlers';
import { type JsonSchema, type UniqueRowsOptions, uniqueRows } from '@pipeline/validate';

/** A reference file by which rows are completed. */
export interface ReferenceSettings {
  /** Names the look-up in rejects and errors. */
  readonly name: string;
  readonly source: ObjectRef;
  /** The column that both files have. */
  readonly key: string;
  /** The reference file's other columns, which rows get. */
  readonly columns: readonly string[];
  readonly delimiter: string;
}

/** What the functions of the generic app do. */
export interface RunSettings {
  /** @default every well-formed row passes */
  readonly schema?: JsonSchema;
  readonly reference?: ReferenceSettings;
  /** @default rows may repeat each other */
  readonly unique?: UniqueRowsOptions;
  readonly batch?: BatchSettings;
}

/** Names the file that holds the settings: an environment of a function has 4 KiB, a schema may be larger. */
export const settingsVariable = 'RUN_SETTINGS_FILE';

/** The settings as a function finds them. */
export const readSettings = (environment: NodeJS.ProcessEnv = process.env): RunSettings => {
  const file = environment[settingsVariable];
  return file === undefined ? {} : (JSON.parse(readFileSync(file, 'utf8')) as RunSettings);
};

/** The rule of the settings, for the worker and the barrier, in an array of at most one. */
export const runUnique = ({ unique }: Pick<RunSettings, 'unique'>): readonly UniqueRule[] =>
  unique === undefined ? [] : [uniqueRows(unique)];
