import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import * as merge from '../src/index.ts';

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8')) as {
  readonly type: string;
  readonly sideEffects: boolean;
  readonly engines: { readonly node: string };
  readonly dependencies: Record<string, string>;
  readonly exports: Record<string, string | Record<string, string>>;
  readonly publishConfig: { readonly exports: Record<string, string | Record<string, string>> };
};

test('is ESM without side effects, for Node 22 and up', () => {
  expect(manifest).toMatchObject({ type: 'module', sideEffects: false, engines: { node: '>=22' } });
});

test('exports its functions by name', () => {
  expect(Object.keys(merge).sort()).toEqual([
    'amendChunk',
    'batchOfMended',
    'checkResult',
    'commitAmendment',
    'committedResults',
    'disproofOf',
    'formatReject',
    'issueExamples',
    'issueReducer',
    'latestRevision',
    'merge',
    'mergeParts',
    'mergeRejects',
    'openBatch',
    'planMerge',
    'readAmendment',
    'readReport',
    'rejectsHeader',
    'replay',
    'replayIdOf',
    'resolve',
    'traceRow',
    'warningReducer',
    'writeReport',
  ]);
});

test('publishes the same entries without the source condition', () => {
  expect(Object.keys(manifest.publishConfig.exports)).toEqual(Object.keys(manifest.exports));
  const { '@pipeline/source': source, ...published } = manifest.exports['.'] as Record<string, string>;
  expect(existsSync(at(source!))).toBe(true);
  expect(manifest.publishConfig.exports['.']).toEqual(published);
});

test('knows no AWS, and depends on exactly what it imports', () => {
  const files = readdirSync(at('src'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const sources = files.map((file) => readFileSync(at(`src/${file}`), 'utf8'));
  const used = new Set(sources.flatMap((text) => [...text.matchAll(/from '([^.'][^']*)'/g)].map(([, name]) => name!)));
  expect([...used].filter((name) => !name.startsWith('node:')).sort()).toEqual(
    Object.keys(manifest.dependencies).sort(),
  );
});
