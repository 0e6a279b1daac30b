import { build } from '../../tsup.base.ts';

// `preload` is loaded by the function processes and has to lie beside `index`; `cli` is the bin.
export default build({ entry: { index: 'src/index.ts', preload: 'src/lambda/preload.ts', cli: 'src/cli/main.ts' } });
