import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { LocalApp } from '../../stack/local-app.ts';
import { UsageError } from '../exit-codes.ts';

const examples: Readonly<Record<string, string>> = { orders: path.join('examples', 'orders-pipeline', 'local-app.ts') };

/** The folder and every one above it. */
const upwards = (folder: string): readonly string[] => {
  const above = path.dirname(folder);
  return above === folder ? [folder] : [folder, ...upwards(above)];
};

/** An example, looked for from the current folder upwards, then from this package. @throws UsageError */
export const loadExample = async (name: string, cwd: string): Promise<LocalApp> => {
  const place = Object.hasOwn(examples, name) ? examples[name] : undefined;
  if (place === undefined)
    throw new UsageError(`there is no example ${JSON.stringify(name)}; there is ${Object.keys(examples).join(', ')}`);
  const folders = [...upwards(cwd), ...upwards(path.dirname(fileURLToPath(import.meta.url)))];
  const found = folders.map((folder) => path.join(folder, place)).find((file) => existsSync(file));
  if (found === undefined) throw new UsageError(`the example ${name} is not here: no ${place} in ${cwd} or above`);
  return loadApp(found);
};

/**
 * The app that a module exports, or that a function which it exports makes.
 *
 * @throws UsageError when the module cannot be loaded or exports none
 */
export const loadApp = async (file: string): Promise<LocalApp> => {
  const absolute = path.resolve(file);
  if (!existsSync(absolute)) throw new UsageError(`--app ${file} does not exist`);
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(pathToFileURL(absolute).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new UsageError(`${file} cannot be loaded: ${(error as Error).message}`);
  }
  const names = ['default', 'app', ...Object.keys(module).filter((name) => name.endsWith('App'))];
  const exported = names.map((name) => module[name]).find((value) => value !== undefined);
  const app: unknown = typeof exported === 'function' ? await (exported as () => unknown)() : exported;
  if (isApp(app)) return app;
  throw new UsageError(`${file} exports no LocalApp: not as default, app or ...App, nor a function that makes one`);
};

const isApp = (value: unknown): value is LocalApp => {
  const app = (value ?? {}) as Partial<LocalApp>;
  return (
    typeof app.name === 'string' &&
    typeof app.bucket === 'string' &&
    typeof app.functions === 'function' &&
    typeof app.stateMachine === 'function' &&
    typeof app.trigger === 'object' &&
    typeof app.failureFunction === 'string'
  );
};
