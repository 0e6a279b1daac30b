import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as core from '../src/index.ts';
import * as memory from '../src/memory.ts';
import * as s3 from '../src/s3.ts';

const root = new URL('../', import.meta.url);
const at = (path: string): string => fileURLToPath(new URL(path, root));
const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8')) as {
  readonly type: string;
  readonly sideEffects: boolean;
  readonly engines: { readonly node: string };
  readonly files: readonly string[];
  readonly dependencies?: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
  readonly peerDependenciesMeta: Record<string, { readonly optional: boolean }>;
  readonly exports: Record<string, string | Record<string, string>>;
  readonly publishConfig: { readonly exports: Record<string, string | Record<string, string>> };
};
const sources = readdirSync(at('src')).map((file) => ({ file, text: readFileSync(at(`src/${file}`), 'utf8') }));

describe('package', () => {
  test('is ESM without side effects, for Node 22 and up', () => {
    expect(manifest).toMatchObject({ type: 'module', sideEffects: false, engines: { node: '>=22' } });
    expect(sources.filter(({ text }) => /^(const .*= |)await /m.test(text)).map(({ file }) => file)).toEqual([]);
  });

  test('has no runtime dependency; the SDK is an optional peer that only ./s3 loads', () => {
    expect(Object.keys(manifest.dependencies ?? {})).toEqual([]);
    for (const peer of Object.keys(manifest.peerDependencies))
      expect(manifest.peerDependenciesMeta[peer]).toEqual({ optional: true });
    const importing = sources.filter(({ text }) => /from '(?!node:|\.)/.test(text)).map(({ file }) => file);
    expect(importing.every((file) => file.startsWith('s3'))).toBe(true);
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      const { text } = sources.find((source) => source.file === file)!;
      for (const [, next] of text.matchAll(/from '\.\/([^']+)'/g)) visit(next!);
    };
    visit('index.ts');
    visit('memory.ts');
    expect([...reached].filter((file) => file.startsWith('s3'))).toEqual([]);
    const used = new Set(sources.flatMap(({ text }) => [...text.matchAll(/from '(@[^']+)'/g)].map(([, name]) => name)));
    expect([...used].sort()).toEqual(Object.keys(manifest.peerDependencies).sort());
  });

  test('exports what it says, and publishes the same entries without the source condition', () => {
    expect(Object.keys(manifest.exports)).toEqual(['.', './s3', './memory', './schemas/*', './package.json']);
    expect(Object.keys(manifest.publishConfig.exports)).toEqual(Object.keys(manifest.exports));
    for (const [entry, target] of Object.entries(manifest.exports)) {
      if (typeof target === 'string') continue;
      const { '@pipeline/source': source, ...published } = target;
      expect(existsSync(at(source!)), source).toBe(true);
      expect(manifest.publishConfig.exports[entry]).toEqual(published);
    }
    expect(manifest.files).toEqual(['dist', 'schemas', 'LICENSE']);
  });

  test('every entry gives its functions', () => {
    expect(Object.keys(core)).toEqual(
      expect.arrayContaining([
        'batchIdOf',
        'batchKeys',
        'combineCrc32',
        'compose',
        'createRunContext',
        'deadlineSignal',
        'openWriter',
        'PipelineError',
        'readJsonLines',
      ]),
    );
    expect(Object.keys(memory)).toEqual(['memoryStore']);
    expect(Object.keys(s3)).toEqual(['s3Store']);
  });

  test('schemas carry their own address', () => {
    const files = readdirSync(at('schemas'));
    expect(files.sort()).toEqual(
      ['amendment', 'chunk', 'chunk-result', 'events', 'manifest', 'report']
        .map((name) => `${name}.schema.json`)
        .sort(),
    );
    for (const file of files)
      expect(JSON.parse(readFileSync(at(`schemas/${file}`), 'utf8'))).toMatchObject({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        $id: `https://pipeline.dev/schemas/${core.formatVersion}/${file}`,
      });
  });
});
