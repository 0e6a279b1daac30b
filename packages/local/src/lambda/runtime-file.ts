import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * AWS's runtime client, `aws-lambda-ric`: one file whose native half is replaced (see `rapid-client.ts`). The build lays it
 * beside `index.js`, since the package's own install script compiles that half, which needs a toolchain that users may lack.
 */
export const runtimeFile = (): string => {
  const shipped = fileURLToPath(new URL('./aws-lambda-ric/index.mjs', import.meta.url));
  return existsSync(shipped) ? shipped : createRequire(import.meta.url).resolve('aws-lambda-ric');
};
