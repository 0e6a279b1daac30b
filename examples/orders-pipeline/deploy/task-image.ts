import { fileURLToPath } from 'node:url';
import { IgnoreMode } from 'aws-cdk-lib';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * An image of the Dockerfile, around one of the entries in `functions/`. Synthesis looks at files alone; docker builds it when
 * the stack is deployed.
 */
export const taskImage = (entry: string): ContainerImage =>
  ContainerImage.fromAsset(root, {
    file: 'examples/orders-pipeline/Dockerfile',
    buildArgs: { ENTRY: entry },
    platform: Platform.LINUX_ARM64,
    ignoreMode: IgnoreMode.DOCKER,
    // What a build needs is sources and lock file: tests and documents must not change the image.
    exclude: [
      ...['.git', '**/node_modules', '**/dist', '**/cdk.out', '**/coverage', '**/test', '**/bench', '**/*.md'],
      'examples/*/sample/*.csv',
    ],
  });
