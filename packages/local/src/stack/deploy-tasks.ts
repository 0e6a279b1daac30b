import { pathToFileURL } from 'node:url';
import { CreateClusterCommand, type ECSClient, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import type { LocalTask } from './local-app.ts';

/** The cluster that an app's tasks run in. */
const cluster = 'local';

/** Registers the container tasks of an app by the family of their task definition. */
export const deployTasks = async (client: ECSClient, tasks: Readonly<Record<string, LocalTask>>): Promise<void> => {
  await client.send(new CreateClusterCommand({ clusterName: cluster }));
  await Promise.all(
    Object.entries(tasks).map(([family, { entry, container = 'process', environment = {} }]) =>
      client.send(
        new RegisterTaskDefinitionCommand({
          ...{ family, networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'], cpu: '1024', memory: '2048' },
          containerDefinitions: [
            {
              ...{ name: container, image: pathToFileURL(entry).href },
              environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
            },
          ],
        }),
      ),
    ),
  );
};
