import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Template } from './resolve-template.ts';

/** A container image that would be built when the stack is deployed. */
export interface ImageAsset {
  /** Arguments of its build, such as the entry that it is built around. */
  readonly buildArgs: Readonly<Record<string, string>>;
}

/** One stack as it was synthesised. */
export interface SynthesisedStack {
  readonly name: string;
  readonly template: Template;
  /** Folders of file assets by the key that the template names. */
  readonly files: ReadonlyMap<string, string>;
  /** Images by the tag that the template names. */
  readonly images: ReadonlyMap<string, ImageAsset>;
}

interface Artifact {
  readonly type: string;
  readonly properties?: { readonly templateFile?: string; readonly file?: string };
}

interface AssetsFile {
  readonly files?: Readonly<
    Record<
      string,
      { readonly source: { path?: string }; readonly destinations: Record<string, { readonly objectKey: string }> }
    >
  >;
  readonly dockerImages?: Readonly<
    Record<
      string,
      {
        readonly source: { readonly dockerBuildArgs?: Readonly<Record<string, string>> };
        readonly destinations: Record<string, { readonly imageTag: string }>;
      }
    >
  >;
}

/**
 * Reads a stack out of the folder that the CDK synthesises to.
 *
 * @param stackName which, where the folder has several
 * @throws Error for a folder that is none, or a stack that is not in it
 * @example
 * const { template } = await readAssembly('examples/orders-pipeline/cdk.out');
 */
export const readAssembly = async (folder: string, stackName?: string): Promise<SynthesisedStack> => {
  const json = async (file: string): Promise<unknown> => JSON.parse(await readFile(path.join(folder, file), 'utf8'));
  const manifest = (await json('manifest.json').catch((error: unknown) => {
    throw new Error(`${folder} is no folder that cdk synth wrote: ${(error as Error).message}`);
  })) as { readonly artifacts?: Readonly<Record<string, Artifact>> };
  const artifacts = Object.entries(manifest.artifacts ?? {});
  const stacks = artifacts.filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const names = stacks.map(([name]) => name);
  const wanted = stackName ?? (names.length === 1 ? names[0] : undefined);
  const [name, artifact] = stacks.find(([one]) => one === wanted) ?? [];
  if (name === undefined || artifact === undefined)
    throw new Error(
      stackName === undefined
        ? `${folder} has ${names.length} stacks (${names.join(', ')}); say which`
        : `${folder} has no stack ${stackName}; it has ${names.join(', ')}`,
    );
  const assets: AssetsFile[] = [];
  for (const [, { type, properties }] of artifacts)
    if (type === 'cdk:asset-manifest' && properties?.file !== undefined)
      assets.push((await json(properties.file)) as AssetsFile);
  const files = new Map<string, string>();
  const images = new Map<string, ImageAsset>();
  for (const { files: some = {}, dockerImages = {} } of assets) {
    for (const { source, destinations } of Object.values(some))
      for (const { objectKey } of Object.values(destinations))
        if (source.path !== undefined) files.set(objectKey, path.resolve(folder, source.path));
    for (const { source, destinations } of Object.values(dockerImages))
      for (const { imageTag } of Object.values(destinations))
        images.set(imageTag, { buildArgs: source.dockerBuildArgs ?? {} });
  }
  const template = (await json(artifact.properties?.templateFile ?? `${name}.template.json`)) as Template;
  return { name, template, files, images };
};
