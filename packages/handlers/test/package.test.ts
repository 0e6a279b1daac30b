import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import * as handlers from '../src/index.ts';

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8')) as {
  readonly type: string;
  readonly sideEffects: boolean;
  readonly engines: { readonly node: string };
  readonly dependencies: Record<string, string>;
  readonly exports: Record<string, string | Record<string, string>>;
  readonly publishConfig: { readonly exports: Record<string, string | Record<string, string>> };
};
const sources = readdirSync(at('src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(at(`src/${file}`), 'utf8'));

test('is ESM without side effects and top-level await, for Node 22 and up', () => {
  expect(manifest).toMatchObject({ type: 'module', sideEffects: false, engines: { node: '>=22' } });
  expect(sources.filter((text) => /^(const .*= |)await /m.test(text))).toEqual([]);
});

test('exports every handler and the pieces they are made of', () => {
  expect(Object.keys(handlers)).toEqual(
    expect.arrayContaining([
      ...[
        'Archive',
        'Failure',
        'Intake',
        'Merge',
        'Notify',
        'Process',
        'Queue',
        'Replay',
        'Resolve',
        'Scan',
        'Split',
      ].map((name) => `create${name}Handler`),
      'batchEvents',
      'batchStatus',
      'checkLocations',
      'createBatchGate',
      'createCoordinator',
      'createHandler',
      'emfMetrics',
      'createLinks',
      'errorReport',
      'eventSchema',
      'jsonLog',
      'notify',
      'oneBucket',
      'readIntakeEvent',
      'rejectTable',
      'renderReport',
      'runAsTask',
      'runLog',
      'sendOnce',
      'sesNotifier',
      'stateMachineDefinition',
      'transientRetry',
    ]),
  );
});

test('publishes the same entries without the source condition', () => {
  expect(Object.keys(manifest.publishConfig.exports)).toEqual(Object.keys(manifest.exports));
  const { '@pipeline/source': source, ...published } = manifest.exports['.'] as Record<string, string>;
  expect(existsSync(at(source!))).toBe(true);
  expect(manifest.publishConfig.exports['.']).toEqual(published);
});

test('imports nothing that it does not depend on', () => {
  const packageOf = (name: string): string => /^(?:@[^/]+\/)?[^/]+/.exec(name)![0];
  const imports = sources.flatMap((text) => [...text.matchAll(/from '([^.'][^']*)'/g)].map(([, name]) => name!));
  const used = new Set(imports.map(packageOf));
  const known = Object.keys(manifest.dependencies).flatMap((name) => [name, name.replace('@types/', '')]);
  expect([...used].filter((name) => !name.startsWith('node:') && !known.includes(name))).toEqual([]);
});
