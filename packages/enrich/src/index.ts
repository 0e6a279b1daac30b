export { createLookup, type LookupOptions, type LookupTuning } from './create-lookup.ts';
export { type CsvLookupOptions, type CsvValue, csvLookup } from './csv-lookup.ts';
export { type EnrichOptions, enrich, type Nullable, type OnMissing } from './enrich.ts';
export { type HttpLookupOptions, httpLookup } from './http-lookup.ts';
export {
  type Lookup,
  type LookupKey,
  LookupKeyError,
  LookupSourceError,
  type LookupSourceErrorOptions,
} from './lookup.ts';
export { type RequireKeyOptions, requireKey } from './require-key.ts';
export type { AwsCredentials, SignOptions } from './sign-request.ts';
