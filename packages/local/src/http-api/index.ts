export { type HttpApiRoute, type LocalHttpApi, type StartHttpApiOptions, startHttpApi } from './start-http-api.ts';
export type { HttpApiCredentials } from './verify-signature.ts';
