import { build } from '../../tsup.base.ts';

// Modules that are bundled when a stack is made: what empties buckets, and the pipeline's own functions.
const functions = ['intake', 'split', 'scan', 'process', 'resolve', 'merge', 'archive', 'notify', 'failure', 'replay'];

export default build({
  entry: {
    index: 'src/index.ts',
    'empty-bucket': 'src/empty-bucket/handler.ts',
    ...Object.fromEntries(
      [...functions, 'queue', 'rule-runtime'].map((name) => [`functions/${name}`, `src/functions/${name}.ts`]),
    ),
  },
});
