import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const made = '// Made by `pipeline compile-rule`; make it anew rather than edit it.';

/**
 * Puts what a module of a rule imports into it. Names are kept, so that stack traces can be read; lines are not, as nobody
 * edits it.
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
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    banner: { js: made },
    logLevel: 'silent',
  });
  return outputFiles[0]!.text;
};
