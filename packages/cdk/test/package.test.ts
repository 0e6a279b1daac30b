import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import * as cdk from '../src/index.ts';

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8')) as {
  readonly type: string;
  readonly engines: { readonly node: string };
  readonly dependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
  readonly exports: Record<string, string | Record<string, string>>;
  readonly publishConfig: { readonly exports: Record<string, string | Record<string, string>> };
};
const sources = readdirSync(at('src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(at(`src/${file}`), 'utf8'));

test('is ESM without top-level await, for Node 22 and up', () => {
  expect(manifest).toMatchObject({ type: 'module', engines: { node: '>=22' } });
  expect(sources.filter((text) => /^(const .*= |)await /m.test(text))).toEqual([]);
});

test('leaves the CDK, constructs and esbuild to whoever uses it', () => {
  expect(Object.keys(manifest.peerDependencies)).toEqual(['aws-cdk-lib', 'constructs', 'esbuild']);
  expect(Object.keys(manifest.dependencies).filter((name) => name in manifest.peerDependencies)).toEqual([]);
});

test('imports nothing that it does not depend on', () => {
  const used = new Set(
    sources.flatMap((text) => [...text.matchAll(/from '((?:@[^/']+\/)?[^./'][^/']*)[^']*'/g)].map(([, name]) => name!)),
  );
  const known = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  expect([...used].filter((name) => !name.startsWith('node:') && !known.includes(name))).toEqual([]);
});

test('exports the pipeline and the pieces it is made of', () => {
  expect(Object.keys(cdk)).toEqual(
    expect.arrayContaining([
      ...['BatchMachine', 'BucketEmptier', 'CsvPipeline', 'DataBucket', 'DeadLetters', 'FailureRoute', 'LinkRole'],
      ...['MailSender', 'PipelineFunction', 'RejectTable', 'UploadTrigger', 'Watch'],
      ...['ChunkQueue', 'FargateTask', 'TaskNetwork', 'TaskRoute', 'Traces', 'allowGate', 'pipelineMetrics'],
      ...['acknowledgeFindings', 'checkPlaces', 'esbuildBundler', 'folderPattern', 'objectStatements'],
    ]),
  );
});

test('publishes the same entries without the source condition', () => {
  expect(Object.keys(manifest.publishConfig.exports)).toEqual(Object.keys(manifest.exports));
  const { '@pipeline/source': source, ...published } = manifest.exports['.'] as Record<string, string>;
  expect(existsSync(at(source!))).toBe(true);
  expect(manifest.publishConfig.exports['.']).toEqual(published);
});
