import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { UsageError } from '../exit-codes.ts';

const examples: Readonly<Record<string, string>> = { orders: path.join('examples', 'orders-pipeline') };

/** The folder and every one above it. */
const upwards = (folder: string): readonly string[] => {
  const above = path.dirname(folder);
  return above === folder ? [folder] : [folder, ...upwards(above)];
};

/** A module of an example, looked for from the current folder upwards, then from this package. @throws UsageError */
export const exampleModule = (name: string, module: string, cwd: string): string => {
  const folder = Object.hasOwn(examples, name) ? examples[name] : undefined;
  if (folder === undefined)
    throw new UsageError(`there is no example ${JSON.stringify(name)}; there is ${Object.keys(examples).join(', ')}`);
  const place = path.join(folder, module);
  const folders = [...upwards(cwd), ...upwards(path.dirname(fileURLToPath(import.meta.url)))];
  const found = folders.map((start) => path.join(start, place)).find((file) => existsSync(file));
  if (found === undefined) throw new UsageError(`the example ${name} is not here: no ${place} in ${cwd} or above`);
  return found;
};

/** What a module exports. @throws UsageError when it cannot be loaded */
export const loadModule = async (file: string): Promise<Readonly<Record<string, unknown>>> => {
  const absolute = path.resolve(file);
  if (!existsSync(absolute)) throw new UsageError(`--app ${file} does not exist`);
  try {
    return (await import(pathToFileURL(absolute).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new UsageError(`${file} cannot be loaded: ${(error as Error).message}`);
  }
};
