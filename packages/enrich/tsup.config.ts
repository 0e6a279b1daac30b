import { build } from '../../tsup.base.ts';

export default build({
  entry: ['src/index.ts', 'src/dynamodb.ts', 'src/secrets-manager.ts', 'src/parameter-store.ts'],
});
