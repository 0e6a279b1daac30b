import { type LocalApp, type TemplateAppOptions, templateApp } from '@pipeline/local';
import { type OrdersParameters, seedFinancials } from './local-app.ts';

const functionNames = [
  ...['Intake', 'Split', 'Scan', 'Process', 'Resolve', 'Merge', 'Archive', 'Notify', 'Failure', 'Replay', 'Queue'],
];

const entry = (name: string): string => new URL(`./functions/${name}.ts`, import.meta.url).pathname;

/** What a template does not say: names that are easy to type, modules that stand for images, the financial data. */
export const templateOptions: Omit<TemplateAppOptions, 'folder'> = {
  names: {
    OrdersDataBucket: 'orders',
    OrdersRejectsTable: 'order-errors',
    FinancialsTable: 'financials',
    FinancialsGetFunction: 'orders-financials',
    OrdersUploadsQueue: 'orders-uploads',
    OrdersUploadsDeadLettersQueue: 'orders-upload-dead-letters',
    OrdersDeadLettersQueue: 'orders-dead-letters',
    ...Object.fromEntries(functionNames.map((name) => [`Orders${name}Function`, `orders-${name.toLowerCase()}`])),
  },
  images: { 'process-task': entry('process-task'), 'coordinator-task': entry('coordinator-task') },
  environment: { FINANCIALS_URL_PRIVATE: 'true' }, // it is on this machine
  seed: seedFinancials,
};

/** The orders pipeline as `pnpm --filter @pipeline/example-orders synth` wrote it, with the parameters of its stack. */
export const ordersTemplateApp = (folder: string, parameters: OrdersParameters = {}): Promise<LocalApp> => {
  const { ChunkBytes, UploadWaitSeconds, MaxConcurrency = 4, ...others } = parameters;
  return templateApp({
    ...templateOptions,
    folder,
    parameters: { ...others, MaxConcurrency },
    environment: {
      ...templateOptions.environment,
      ...(ChunkBytes === undefined ? {} : { CHUNK_BYTES: String(ChunkBytes) }),
      ...(UploadWaitSeconds === undefined ? {} : { UPLOAD_WAIT_SECONDS: String(UploadWaitSeconds) }),
    },
  });
};
