export type { AddressOptions } from './address-guard.ts';
export type { BreakerOptions } from './circuit-breaker.ts';
export { columnText, type KeyRow } from './column-text.ts';
export { type CompositeKey, compositeKey, keyParts } from './composite-key.ts';
export { createLookup } from './create-lookup.ts';
export { type CsvLookupOptions, type CsvValue, csvLookup } from './csv-lookup.ts';
export { type EnrichOptions, enrich, type Nullable, type OnMissing } from './enrich.ts';
export { type HttpBatchLookupOptions, httpBatchLookup } from './http-batch-lookup.ts';
export { type HttpLookupOptions, httpLookup } from './http-lookup.ts';
export type { HttpSourceOptions } from './http-source.ts';
export { type JsonLinesLookupOptions, jsonLinesLookup } from './json-lines-lookup.ts';
export {
  type KeyFailure,
  type LoadManyOptions,
  type Lookup,
  type LookupKey,
  LookupKeyError,
  type LookupKeyErrorOptions,
  LookupSourceError,
  type LookupSourceErrorOptions,
  type Remembered,
} from './lookup.ts';
export type { LookupOptions, LookupTuning } from './lookup-options.ts';
export type { ReferenceFileOptions } from './reference-file.ts';
export { type RequireKeyOptions, requireKey } from './require-key.ts';
export type { RetryBudgetOptions } from './retry-budget.ts';
export type { RowPolicies, RowPolicy } from './row-policy.ts';
export type { SecretOptions } from './secret-headers.ts';
export type { AwsCredentials, SignOptions } from './sign-request.ts';
