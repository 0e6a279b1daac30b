import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';

type StartInbox = (config: { host: string; port: number }) => Promise<Server>;

/**
 * aws-ses-v2-local keeps its mails in a variable of a module, shared by all its servers in a process. Each call here loads
 * the package's own files anew (130 ms at first, then 3 ms as what they require stays loaded), so that each inbox is its own.
 */
export const loadInbox = (): StartInbox => {
  const require = createRequire(import.meta.url);
  const folder = path.dirname(require.resolve('aws-ses-v2-local')) + path.sep;
  for (const file of Object.keys(require.cache)) if (file.startsWith(folder)) delete require.cache[file];
  return (require('aws-ses-v2-local') as { default: StartInbox }).default;
};
