import { build } from '../../tsup.base.ts';

// `preload` is not imported: Node loads it first in every function process.
export default build({ entry: { index: 'src/index.ts', preload: 'src/lambda/preload.ts' } });
