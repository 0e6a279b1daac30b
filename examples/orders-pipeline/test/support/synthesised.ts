import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OrdersParts } from '../../deploy/orders-stack.ts';
import type { OrdersParameters } from '../../local-app.ts';
import { ordersTemplateApp } from '../../local-template.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const cache = path.join(root, 'node_modules', '.cache', 'orders-synthesised');

/** What a synthesis reads: sources of the packages and of the example, and the lock file. */
const sources = ['pnpm-lock.yaml', 'packages', 'examples/orders-pipeline'];
const notRead = new Set(['node_modules', 'test', 'bench', 'dist', 'cdk.out', 'sample', 'fixtures']);

async function* filesOf(place: string): AsyncGenerator<string> {
  const found = await stat(place);
  if (found.isFile()) yield `${place} ${found.mtimeMs} ${found.size}`;
  else for (const name of (await readdir(place)).sort()) if (!notRead.has(name)) yield* filesOf(path.join(place, name));
}

/**
 * Folder of the example's stack as `synth` writes it, with bundles. Synthesis takes seconds, so that test files share one as
 * long as no source changes.
 */
export const synthesised = async (parts: OrdersParts = {}): Promise<string> => {
  const hash = createHash('sha256').update(JSON.stringify(parts));
  for (const source of sources) for await (const file of filesOf(path.join(root, source))) hash.update(file);
  const folder = path.join(cache, hash.digest('hex').slice(0, 16));
  if (existsSync(folder)) return folder;
  const [{ App }, { OrdersStack }] = await Promise.all([import('aws-cdk-lib'), import('../../deploy/orders-stack.ts')]);
  await mkdir(cache, { recursive: true });
  const outdir = await mkdtemp(path.join(cache, 'new-'));
  const app = new App({ outdir, analyticsReporting: false });
  new OrdersStack(app, 'Orders', { parts });
  app.synth();
  await rename(outdir, folder).catch(() => rm(outdir, { recursive: true, force: true })); // another was faster
  return folder;
};

/** The example as it is deployed, with other parameters of its stack. */
export const deployedOrders = async (parameters: OrdersParameters = {}, parts: OrdersParts = {}) =>
  ordersTemplateApp(await synthesised(parts), parameters);
