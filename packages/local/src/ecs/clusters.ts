import type { JsonAction } from '../aws-json/json-service.ts';
import { clusterNotFound } from './errors.ts';

interface Cluster {
  readonly clusterName: string;
  readonly clusterArn: string;
  readonly status: 'ACTIVE';
}

export interface Clusters {
  /** ARN of a cluster, by name or ARN. @throws ServiceError `ClusterNotFoundException` */
  arnOf(name: unknown): string;
  readonly actions: Readonly<Record<string, JsonAction>>;
}

export const createClusters = (region: string, accountId: string): Clusters => {
  const clusters = new Map<string, Cluster>();
  const nameOf = (name: unknown): string => String(name ?? 'default').replace(/^arn:.*:cluster\//, '');
  return {
    arnOf(name) {
      const found = clusters.get(nameOf(name));
      if (found === undefined) throw clusterNotFound();
      return found.clusterArn;
    },
    actions: {
      CreateCluster({ body }) {
        const clusterName = nameOf(body.clusterName);
        const clusterArn = `arn:aws:ecs:${region}:${accountId}:cluster/${clusterName}`;
        const cluster = clusters.get(clusterName) ?? { clusterName, clusterArn, status: 'ACTIVE' as const };
        clusters.set(clusterName, cluster);
        return { cluster };
      },
      DescribeClusters({ body }) {
        const names = ((body.clusters ?? ['default']) as readonly string[]).map(nameOf);
        return {
          clusters: names.flatMap((name) => clusters.get(name) ?? []),
          failures: names
            .filter((name) => !clusters.has(name))
            .map((name) => ({ arn: `arn:aws:ecs:${region}:${accountId}:cluster/${name}`, reason: 'MISSING' })),
        };
      },
      ListClusters: () => ({ clusterArns: [...clusters.values()].map(({ clusterArn }) => clusterArn) }),
    },
  };
};
