import { folderPattern, usualPrefixes } from '@pipeline/cdk';
import { CfnParameter, type Stack } from 'aws-cdk-lib';

/** The parameters of the stack, by the names of the published article, and three of our own. */
export interface StackParameters {
  readonly sender: CfnParameter;
  readonly recipient: CfnParameter;
  readonly identity: CfnParameter;
  readonly archiveFolder: CfnParameter;
  readonly chunkSize: CfnParameter;
  readonly delimiter: CfnParameter;
  readonly financialsSource: CfnParameter;
  readonly maxConcurrency: CfnParameter;
  readonly alertAddress: CfnParameter;
}

const address = '[^\\s@<>",;]+@[^\\s@<>",;]+\\.[^\\s@<>",;]+';

/** Declares the parameters; their patterns refuse what the functions would refuse, before anything is deployed. */
export const declareParameters = (
  stack: Stack,
  { leastConcurrency }: { readonly leastConcurrency: number },
): StackParameters => {
  const { archive: _, ...others } = usualPrefixes;
  return {
    sender: new CfnParameter(stack, 'SESSender', {
      description: 'Address that mails come from; of the identity.',
      default: 'sender@example.com',
      allowedPattern: address,
    }),
    recipient: new CfnParameter(stack, 'SESRecipient', {
      description: 'Address that mails go to; several are separated by commas. In the SES sandbox: one, verified.',
      default: 'recipient@example.com',
      allowedPattern: `${address}(?:\\s*,\\s*${address}){0,49}`,
    }),
    identity: new CfnParameter(stack, 'SESIdentityName', {
      description: 'Address or domain that SES knows as verified.',
      default: 'sender@example.com',
      allowedPattern: `${address}|[A-Za-z0-9.-]+\\.[A-Za-z]{2,}`,
    }),
    archiveFolder: new CfnParameter(stack, 'InputArchiveFolder', {
      description: 'Folder that uploads go to after success, without slashes at its ends.',
      default: 'input_archive',
      allowedPattern: folderPattern([...new Set(Object.values(others))]),
    }),
    chunkSize: new CfnParameter(stack, 'FileChunkSize', {
      description: 'Records in a chunk; empty: by bytes (64 MiB).',
      default: '',
      allowedPattern: '(?:[1-9][0-9]{0,8})?',
    }),
    delimiter: new CfnParameter(stack, 'FileDelimiter', {
      description: 'Between the fields of a record: one character.',
      default: ',',
      allowedPattern: '[^\\s"A-Za-z0-9]|\\t',
    }),
    financialsSource: new CfnParameter(stack, 'FinancialsSource', {
      description: 'Where financial data comes from: the table, 100 keys a call, or the API in front of it.',
      default: 'table',
      allowedValues: ['table', 'api'],
    }),
    maxConcurrency: new CfnParameter(stack, 'MaxConcurrency', {
      description: "Chunks processed at once; below the account's Lambda concurrency (10 on some new accounts).",
      type: 'Number',
      default: 8,
      minValue: leastConcurrency,
      maxValue: 10_000,
    }),
    alertAddress: new CfnParameter(stack, 'AlertAddress', {
      description: 'Address that failed batches and alarms are told to; empty: nobody but the topic.',
      default: '',
      allowedPattern: `(?:${address})?`,
    }),
  };
};
