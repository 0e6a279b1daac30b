import { build } from '../../tsup.base.ts';

export default build({ entry: { index: 'src/index.ts', report: 'src/report/index.ts' } });
