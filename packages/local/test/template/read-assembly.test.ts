import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readAssembly } from '@pipeline/local';
import { afterEach, beforeEach, expect, it } from 'vitest';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'assembly-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (name: string, content: object): Promise<void> =>
  writeFile(path.join(folder, name), JSON.stringify(content));
const stack = (templateFile: string) => ({ type: 'aws:cloudformation:stack', properties: { templateFile } });

it('a stack has its template, the folders of its bundles and the arguments of its images', async () => {
  await write('manifest.json', {
    artifacts: {
      Orders: stack('Orders.template.json'),
      'Orders.assets': { type: 'cdk:asset-manifest', properties: { file: 'Orders.assets.json' } },
      Tree: { type: 'cdk:tree' },
    },
  });
  await write('Orders.template.json', { Resources: { A: { Type: 'AWS::S3::Bucket' } } });
  await write('Orders.assets.json', {
    files: { one: { source: { path: 'asset.one' }, destinations: { d: { objectKey: 'one.zip' } } } },
    dockerImages: {
      two: { source: { dockerBuildArgs: { ENTRY: 'worker' } }, destinations: { d: { imageTag: 'two' } } },
      three: { source: {}, destinations: { d: { imageTag: 'three' } } },
    },
  });
  const { name, template, files, images } = await readAssembly(folder);
  expect([name, template]).toEqual(['Orders', { Resources: { A: { Type: 'AWS::S3::Bucket' } } }]);
  expect([...files]).toEqual([['one.zip', path.join(folder, 'asset.one')]]);
  expect([...images]).toEqual([
    ['two', { buildArgs: { ENTRY: 'worker' } }],
    ['three', { buildArgs: {} }],
  ]);
});

it('of several stacks one has to be named', async () => {
  await write('manifest.json', { artifacts: { A: stack('A.json'), B: stack('B.json') } });
  await write('B.json', { Resources: {} });
  await expect(readAssembly(folder)).rejects.toThrow(`${folder} has 2 stacks (A, B); say which`);
  await expect(readAssembly(folder, 'C')).rejects.toThrow(`${folder} has no stack C; it has A, B`);
  expect((await readAssembly(folder, 'B')).name).toBe('B');
});

it('a folder that is none of the CDK is refused', async () => {
  await expect(readAssembly(folder)).rejects.toThrow(`${folder} is no folder that cdk synth wrote: ENOENT`);
});
