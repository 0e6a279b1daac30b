import { PipelineConfigError } from '@pipeline/core';
import { checkLocations, type PipelineLocations } from '@pipeline/handlers';
import { type CfnParameter, Stack, Token } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';

/** The roles that objects have. */
export const placeNames = ['input', 'work', 'output', 'rejects', 'archive', 'failed'] as const;

/** One of the roles that objects have. */
export type PlaceName = (typeof placeNames)[number];

/** A bucket and a prefix, which ends in `/`; `''` is the whole bucket. */
export interface Place {
  readonly bucket: PlaceBucket;
  readonly prefix: string;
}

/** What is asked of a bucket, made here or taken. */
export type PlaceBucket = Pick<IBucket, 'bucketName' | 'bucketArn' | 'arnForObjects'>;

/** Where every role has its place. */
export type Places = Readonly<Record<PlaceName, Place>>;

/** The usual prefixes. Output has one of its own, so that a rule can remove the working files of batches and leave it. */
export const usualPrefixes: Readonly<Record<PlaceName, string>> = {
  input: 'input/',
  work: 'batches/',
  output: 'results/',
  rejects: 'results/',
  archive: 'archive/',
  failed: 'failed/',
};

const problem = (option: string, expected: string, got: string): PipelineConfigError =>
  new PipelineConfigError('CONFIG_INVALID', { option, expected, got: JSON.stringify(got) });

/**
 * Checks that nothing the pipeline writes can start it again, and that originals lie apart from working files. A prefix that
 * is known only when the stack is deployed has to come from a parameter whose pattern refuses the other places.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 * @example
 * checkPlaces(this, places);
 */
export const checkPlaces = (scope: IConstruct, places: Places): void => {
  for (const name of placeNames) {
    const { prefix } = places[name];
    if (!Token.isUnresolved(prefix) && prefix !== '' && !/^[^/*].*\/$|^[^/*]\/$/.test(prefix))
      throw problem(`places.${name}.prefix`, "'' or a prefix that ends in /, without / or * in front", prefix);
  }
  if (Token.isUnresolved(places.input.prefix))
    throw problem('places.input.prefix', 'a text that is known when the stack is made', '(a token)');
  const known = Object.fromEntries(
    placeNames.map((name) => {
      const { bucket, prefix } = places[name];
      // A name of its own stands for what is not known yet: its parameter's pattern is checked instead.
      return [name, { bucket: bucket.bucketName, prefix: Token.isUnresolved(prefix) ? `\u0000${prefix}/` : prefix }];
    }),
  ) as unknown as PipelineLocations;
  checkLocations(known);
  for (const name of placeNames) if (Token.isUnresolved(places[name].prefix)) checkPattern(scope, name, places);
};

/** Folder names that a parameter of this place must not take: those of all other places in its bucket. */
const forbiddenFolders = (name: PlaceName, places: Places): readonly string[] =>
  placeNames
    .filter((other) => other !== name && places[other].bucket.bucketName === places[name].bucket.bucketName)
    .map((other) => places[other].prefix)
    .filter((prefix) => !Token.isUnresolved(prefix));

const checkPattern = (scope: IConstruct, name: PlaceName, places: Places): void => {
  const { prefix } = places[name];
  const resolved = JSON.stringify(Stack.of(scope).resolve(prefix));
  const parameter = Stack.of(scope)
    .node.findAll()
    .find(
      (node): node is CfnParameter =>
        'allowedPattern' in node && resolved.includes(`{"Ref":"${logicalId(scope, node)}"}`),
    );
  const pattern = parameter?.allowedPattern;
  if (pattern === undefined)
    throw problem(
      `places.${name}.prefix`,
      'a text, or a parameter with an allowed pattern (see folderPattern)',
      '(a token)',
    );
  const regExp = new RegExp(`^(?:${pattern})$`);
  for (const folder of forbiddenFolders(name, places))
    for (const wrong of [folder.slice(0, -1), `${folder}below`])
      if (folder === '' || regExp.test(wrong))
        throw problem(
          `places.${name}.prefix`,
          `a parameter whose allowed pattern refuses ${JSON.stringify(wrong)}`,
          pattern,
        );
};

const logicalId = (scope: IConstruct, node: IConstruct): string => {
  const { Ref } = Stack.of(scope).resolve((node as CfnParameter).valueAsString ?? '') as { Ref?: string };
  return Ref ?? '';
};

/**
 * The allowed pattern of a parameter that names a folder: no slash at its ends, not among the given folders, nor below or
 * above one of them.
 *
 * @param others - prefixes of the other places, each ending in `/`
 * @example
 * folderPattern(['input/', 'batches/']); // '(?!(?:input|batches)(?:/|$))[A-Za-z0-9!_.()-]…'
 */
export const folderPattern = (others: readonly string[]): string => {
  const folders = new Set<string>();
  for (const prefix of others) {
    const parts = prefix.split('/').slice(0, -1);
    // What lies above a place holds it, too.
    for (let depth = 1; depth < parts.length; depth++)
      folders.add(`${escapePattern(parts.slice(0, depth).join('/'))}$`);
    folders.add(`${escapePattern(parts.join('/'))}(?:/|$)`);
  }
  const letters = 'A-Za-z0-9!_.()-';
  return `(?!${[...folders].join('|')})[${letters}]+(?:/[${letters}]+)*`;
};

const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
