import { defineConfig, type Options } from 'tsup';

/** The one build of every package: ESM for Node 22, `node:` imports kept, declarations beside the code. */
export const build = (options: Options): ReturnType<typeof defineConfig> =>
  defineConfig({
    format: 'esm',
    target: 'node22',
    platform: 'node',
    dts: true,
    clean: true,
    sourcemap: true,
    removeNodeProtocol: false, // tsup strips `node:` otherwise
    ...options,
  });
