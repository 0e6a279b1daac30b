import type { LocalApp } from '../../stack/local-app.ts';
import { type TemplateAppOptions, templateApp } from '../../stack/template-app.ts';
import { UsageError } from '../exit-codes.ts';
import { exampleModule, loadModule } from './load-module.ts';

/** Which stack is run, and as what. */
export interface TemplateChoice {
  /** Folder that `cdk synth` wrote. */
  readonly folder: string;
  /** Which stack of the folder. @default the only one */
  readonly stack?: string;
  /** `name=value`, each a parameter of the stack. */
  readonly parameters: readonly string[];
}

type Options = Omit<TemplateAppOptions, 'folder' | 'stack'>;

/** What the template does not say, from the module of an example or of the caller's own. */
const optionsFrom = async (file: string): Promise<Options> => {
  const { templateOptions } = await loadModule(file);
  if (typeof templateOptions === 'object' && templateOptions !== null) return templateOptions;
  throw new UsageError(`${file} exports no templateOptions, which --template needs of it`);
};

const parametersFrom = (given: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    given.map((one) => {
      const end = one.indexOf('=');
      if (end < 1) throw new UsageError(`--parameter must be name=value, got ${JSON.stringify(one)}`);
      return [one.slice(0, end), one.slice(end + 1)];
    }),
  );

/** The app that a synthesised stack is. @throws UsageError */
export const findTemplate = async (
  { folder, stack, parameters }: TemplateChoice,
  example: string | undefined,
  app: string | undefined,
): Promise<LocalApp> => {
  const file = example === undefined ? app : exampleModule(example, 'local-template.ts', process.cwd());
  const options = file === undefined ? {} : await optionsFrom(file);
  const given = { ...options.parameters, ...parametersFrom(parameters) };
  try {
    return await templateApp({ ...options, folder, parameters: given, ...(stack === undefined ? {} : { stack }) });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
};
