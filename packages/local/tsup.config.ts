import { cp } from 'node:fs/promises';
import { build } from '../../tsup.base.ts';

const functions = ['intake', 'split', 'scan', 'process', 'resolve', 'merge', 'archive', 'notify', 'failure', 'replay'];

// `preload` is loaded by the function processes and has to lie beside `index`; `cli` is the bin; `run-app/*` are the
// functions that the command line deploys, which are bundled when it starts.
export default build({
  entry: {
    index: 'src/index.ts',
    terminal: 'src/terminal.ts',
    preload: 'src/lambda/preload.ts',
    cli: 'src/cli/main.ts',
    ...Object.fromEntries(functions.map((name) => [`run-app/${name}`, `src/run-app/functions/${name}.ts`])),
  },
  // AWS's runtime client is shipped with its licence: installing it would compile its native half, which is not used.
  onSuccess: async () => {
    for (const file of ['index.mjs', 'LICENSE', 'NOTICE', 'THIRD-PARTY-LICENSES'])
      await cp(`node_modules/aws-lambda-ric/${file}`, `dist/aws-lambda-ric/${file}`);
  },
  dts: { entry: { index: 'src/index.ts', terminal: 'src/terminal.ts' } },
});
