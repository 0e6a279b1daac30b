import { build } from '../../tsup.base.ts';

export default build({
  entry: { index: 'src/index.ts', profile: 'src/profile/index.ts', precompiled: 'src/precompiled/index.ts' },
});
