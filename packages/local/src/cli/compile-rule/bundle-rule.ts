import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const made = '// Made by `pipeline compile-rule`; make it anew rather than edit it.';

/**
 * Puts what a module of a rule imports into it.
 *
 * @throws what esbuild says
 */
export const bundleRule = async (code: string): Promise<string> => {
  const { outputFiles } = await esbuild.build({
    stdin: { contents: code, resolveDir: path.dirname(fileURLToPath(import.meta.url)), loader: 'js' },
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    mainFields: ['module', 'main'],
    conditions: ['@pipeline/source', 'module'],
    // Nobody edits it; and names of CommonJS modules, which are paths of this machine, are left out as well.
    minify: true,
    legalComments: 'none',
    banner: { js: made },
    logLevel: 'silent',
  });
  return outputFiles[0]!.text;
};
