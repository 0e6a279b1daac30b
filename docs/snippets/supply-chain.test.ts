import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

interface Manifest {
  readonly name: string;
  readonly version: string;
  /** Older packages have `{ type }`, or a list of such. */
  readonly license?: string | { readonly type: string };
  readonly licenses?: readonly { readonly type: string }[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;

/** Where a dependency lies, as Node looks for it. */
const findPackage = (name: string, from: string): string => {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const found = path.join(folder, 'node_modules', name);
    if (existsSync(path.join(found, 'package.json'))) return realpathSync(found);
    if (folder === path.dirname(folder)) throw new Error(`${name} is not installed for ${from}`);
  }
};

/** All that an install of a package brings along, peers aside, by name and version. */
const closureOf = (folder: string, found = new Map<string, Manifest>()): ReadonlyMap<string, Manifest> => {
  for (const name of Object.keys(readManifest(folder).dependencies ?? {})) {
    const at = findPackage(name, folder);
    const manifest = readManifest(at);
    const id = `${manifest.name}@${manifest.version}`;
    if (found.has(id)) continue;
    found.set(id, manifest);
    closureOf(at, found);
  }
  return found;
};

const packages = readdirSync(path.join(root, 'packages')).map((name) => path.join(root, 'packages', name));
const foreign = (folder: string): readonly (readonly [string, Manifest])[] =>
  [...closureOf(folder)].filter(([id]) => !id.startsWith('@pipeline/'));

/** See CONTRIBUTING.md. */
const licences = [
  'MIT',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'BlueOak-1.0.0',
  '0BSD',
  'MIT-0',
  'CC0-1.0',
];
const licenceOf = ({ license, licenses }: Manifest): string =>
  typeof license === 'string' ? license : (license?.type ?? licenses?.map(({ type }) => type).join(' OR ') ?? 'none');
const allowed = (licence: string): boolean =>
  licence
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((one) => one.split(' AND ').every((part) => licences.includes(part)));
const runsScripts = ({ scripts = {} }: Manifest): boolean =>
  ['preinstall', 'install', 'postinstall'].some((name) => name in scripts);

/** Which the workspace names, with what they do; they are there for the stack on one machine. */
const scripted: Readonly<Record<string, readonly string[]>> = { local: ['classic-level', 'esbuild'] };

describe.each(packages.map((folder) => [path.basename(folder), folder]))('an install of %s', (name, folder) => {
  test('brings licences that ask for little', () => {
    const others = foreign(folder).filter(([, manifest]) => !allowed(licenceOf(manifest)));
    expect(others.map(([id, manifest]) => `${id} ${licenceOf(manifest)}`)).toEqual([]);
  });

  test('runs no script but those that are known', () => {
    const running = [...closureOf(folder).values()].filter(runsScripts).map((manifest) => manifest.name);
    expect([...new Set(running)].sort()).toEqual(scripted[name] ?? []);
    expect(runsScripts(readManifest(folder))).toBe(false);
  });
});

test('little is installed for what runs in functions, beside the SDK', () => {
  const inFunctions = ['core', 'chunker', 'validate', 'enrich', 'merge', 'handlers'];
  const ids = new Set(inFunctions.flatMap((name) => foreign(path.join(root, 'packages', name)).map(([id]) => id)));
  expect([...ids].filter((id) => !/^@(?:aws|smithy|types)/.test(id)).length).toBeLessThanOrEqual(50);
});
