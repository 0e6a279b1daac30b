import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { LocalApp } from '@pipeline/local';
import { type OrdersParameters, ordersApp } from '../local-app.ts';
import { ordersTemplateApp } from '../local-template.ts';
import type { DemoOptions } from './options.ts';
import type { OrderFile } from './order-file.ts';

const parametersOf = (
  { delimiter, api, chunkRows, breakIt }: DemoOptions,
  { sizeBytes }: OrderFile,
): OrdersParameters => ({
  FileDelimiter: delimiter,
  FinancialsSource: api ? 'api' : 'table',
  ...(chunkRows === undefined
    ? { ChunkBytes: Math.ceil(sizeBytes / 16) + 100 } // a chunk ends with a whole row, below its limit
    : { FileChunkSize: String(chunkRows) }),
  // The API's function needs processes beside those that wait for it; a batch of two breaks before it is done.
  ...(breakIt || api ? { MaxConcurrency: 2 } : {}),
});

const place = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** Writes the stack to cdk.out, as a deployment does, in a process of its own: the CDK takes memory. */
const synthesise = async (signal: AbortSignal): Promise<string> => {
  const folder = place('cdk.out');
  await promisify(execFile)(process.execPath, ['--conditions=@pipeline/source', place('deploy/app.ts')], {
    env: { ...process.env, CDK_OUTDIR: folder },
    signal,
  });
  return folder;
};

/** The pipeline as a program, or as the template that is deployed, for one file. */
export const chooseApp = async (options: DemoOptions, file: OrderFile, signal: AbortSignal): Promise<LocalApp> => {
  const parameters = parametersOf(options, file);
  return options.template ? ordersTemplateApp(await synthesise(signal), parameters) : ordersApp(parameters);
};
