import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AssetHashType } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import * as esbuild from 'esbuild';

/** How entries are bundled. */
export interface BundleOptions {
  /** Left to Lambda's own copy, such as `'@aws-sdk/*'`. @default [] */
  readonly external?: readonly string[];
  /** Conditions of package exports, in front of `module`. @default [] */
  readonly conditions?: readonly string[];
}

/** Turns modules that export `handler` into code for Lambda, by name. */
export type Bundler = (entries: Readonly<Record<string, string>>) => Readonly<Record<string, Code>>;

/**
 * Bundles entries with esbuild, all in one build, since what they share, above all the SDK, is then read once: ES modules
 * for Node 24, minified, each in a folder of its own as `index.mjs`. No docker, no network.
 *
 * @throws what esbuild says of an entry that cannot be built
 * @example
 * const code = esbuildBundler()({ split: '/app/functions/split.ts' }).split;
 */
export const esbuildBundler =
  ({ external = [], conditions = [] }: BundleOptions = {}): Bundler =>
  (entries) => {
    const names = Object.keys(entries);
    if (names.length === 0) return {};
    const outdir = mkdtempSync(path.join(tmpdir(), 'pipeline-functions-'));
    esbuild.buildSync({
      entryPoints: names.map((name) => ({ in: entries[name]!, out: `${name}/index` })),
      outdir,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      platform: 'node',
      target: 'node24',
      format: 'esm',
      minify: true,
      legalComments: 'none',
      // The SDK's ES modules can be shaken; its CommonJS cannot.
      mainFields: ['module', 'main'],
      conditions: [...conditions, 'module'],
      external: [...external],
      logLevel: 'error',
      // CommonJS packages in the bundle call `require` for Node's own modules.
      banner: {
        js: "import { createRequire as bannerCreateRequire } from 'node:module'; const require = bannerCreateRequire(import.meta.url);",
      },
    });
    return Object.fromEntries(
      names.map((name) => [name, Code.fromAsset(path.join(outdir, name), { assetHashType: AssetHashType.SOURCE })]),
    );
  };
