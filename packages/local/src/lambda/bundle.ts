import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

/** A deployable module: the text of `index.mjs`. */
export interface Bundle {
  readonly code: Uint8Array;
  /** Time of the build; 0 where an unchanged bundle was taken again. */
  readonly bundleMs: number;
}

/**
 * What a deployment bundles with, so that local and deployed functions are the same code: for `NodejsFunction` this is
 * `{ format: OutputFormat.ESM, target, mainFields, banner, esbuildArgs: { '--conditions': … } }`.
 */
export const BUNDLE_OPTIONS = {
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  // The SDK's ES modules can be shaken: a function with the S3 client has 1.05 MB, and 1.35 MB with `main` first.
  mainFields: ['module', 'main'],
  conditions: ['@pipeline/source', 'module'],
  // CommonJS packages in the bundle call `require` for Node's own modules.
  banner: {
    js: "import { createRequire as bannerCreateRequire } from 'node:module'; const require = bannerCreateRequire(import.meta.url);",
  },
} as const satisfies esbuild.BuildOptions;

let builds = 0;

/** esbuild's own process holds 110 MB, so it ends with the last of the builds that run side by side. */
const runBuild = async (
  options: esbuild.BuildOptions,
): Promise<esbuild.BuildResult<{ write: false; metafile: true }>> => {
  builds += 1;
  try {
    return await esbuild.build({ ...options, write: false, metafile: true, logLevel: 'silent' });
  } finally {
    builds -= 1;
    if (builds === 0) await esbuild.stop();
  }
};

interface Cached {
  readonly code: Uint8Array;
  /** Input file to modification time and size. */
  readonly inputs: ReadonlyMap<string, string>;
}

const cache = new Map<string, Promise<Cached>>();

const fingerprint = async (file: string): Promise<string> => {
  const found = await stat(file).catch(() => undefined); // esbuild also lists inputs that are no files
  return found === undefined ? 'none' : `${found.mtimeMs}:${found.size}`;
};

const isCurrent = async ({ inputs }: Cached): Promise<boolean> => {
  const same = await Promise.all([...inputs].map(async ([file, was]) => (await fingerprint(file)) === was));
  return same.every(Boolean);
};

/** Builds entries together: what they share, above all the SDK, is read and parsed once. */
const buildAll = async (entries: readonly string[]): Promise<readonly Cached[]> => {
  const absWorkingDir = path.dirname(entries[0]!);
  const result = await runBuild({
    ...BUNDLE_OPTIONS,
    mainFields: [...BUNDLE_OPTIONS.mainFields],
    conditions: [...BUNDLE_OPTIONS.conditions],
    entryPoints: entries.map((entry, index) => ({ in: entry, out: String(index) })),
    minify: false,
    sourcemap: false,
    absWorkingDir,
    outdir: absWorkingDir,
    outExtension: { '.js': '.mjs' },
  });
  const fingerprints = new Map<string, Promise<string>>();
  const remembered = (file: string): Promise<string> => {
    const found = fingerprints.get(file) ?? fingerprint(file);
    fingerprints.set(file, found);
    return found;
  };
  return Promise.all(
    entries.map(async (_, index) => {
      const { inputs } = result.metafile.outputs[`${index}.mjs`]!;
      const files = Object.keys(inputs).map((input) => path.resolve(absWorkingDir, input));
      const output = result.outputFiles.find((file) => path.basename(file.path) === `${index}.mjs`);
      return {
        code: output!.contents,
        inputs: new Map(await Promise.all(files.map(async (file) => [file, await remembered(file)] as const))),
      };
    }),
  );
};

interface Waiting {
  readonly entry: string;
  readonly built: PromiseWithResolvers<Cached>;
}

let waiting: Waiting[] = [];

const buildWaiting = async (): Promise<void> => {
  const together = waiting;
  waiting = [];
  try {
    const built = await buildAll(together.map(({ entry }) => entry));
    for (const [index, one] of together.entries()) one.built.resolve(built[index]!);
  } catch {
    // One entry that cannot be built must not fail the others, and its error must name it alone.
    for (const { entry, built } of together) {
      buildAll([entry]).then(([one]) => built.resolve(one!), built.reject);
    }
  }
};

/** Functions that are registered together are built together. */
const build = (entry: string): Promise<Cached> => {
  const built = Promise.withResolvers<Cached>();
  if (waiting.length === 0) setImmediate(() => void buildWaiting());
  waiting.push({ entry, built });
  return built.promise;
};

/**
 * Bundles a function's entry, once per process as long as none of its files changes.
 * @throws the esbuild failure, with every error's file and line in its message
 */
export const bundle = async (entry: string): Promise<Bundle> => {
  const known = cache.get(entry);
  if (known !== undefined) {
    const cached = await known.catch(() => undefined);
    if (cached !== undefined && (await isCurrent(cached))) return { code: cached.code, bundleMs: 0 };
    if (cache.get(entry) === known) cache.delete(entry);
  }
  const startedAt = performance.now();
  let building = cache.get(entry);
  if (building === undefined) {
    building = build(entry);
    cache.set(entry, building);
  }
  return { code: (await building).code, bundleMs: performance.now() - startedAt };
};

/** Bundles the module that Node loads before the runtime client, as CommonJS for `--require`. */
export const bundlePreload = async (): Promise<Uint8Array> => {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const result = await runBuild({
    entryPoints: [fileURLToPath(new URL(`./preload.${extension}`, import.meta.url))],
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
  });
  return result.outputFiles[0]!.contents;
};
