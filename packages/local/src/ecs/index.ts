export { type LocalEcs, type StartEcsOptions, startEcs } from './start-ecs.ts';
export type { ContainerDefinition, TaskDefinition } from './task-definitions.ts';
