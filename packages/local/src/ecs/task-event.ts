import { randomUUID } from 'node:crypto';
import type { BusEvent } from '../eventbridge/put-events.ts';
import { describeTask, type LocalTask } from './tasks.ts';

const times = ['createdAt', 'startedAt', 'stoppingAt', 'stoppedAt', 'executionStoppedAt'];

/** What EventBridge is told of a change: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html */
export const taskEvent = (task: LocalTask, nowMs: number): BusEvent => {
  const [, , , region = '', account = ''] = task.arn.split(':');
  const time = new Date(nowMs).toISOString();
  const detail = Object.entries(describeTask(task))
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, times.includes(name) ? new Date(Number(value) * 1000).toISOString() : value]);
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'ECS Task State Change',
    source: 'aws.ecs',
    account,
    time: time.replace(/\.\d+Z$/, 'Z'),
    region,
    resources: [task.arn],
    detail: { ...Object.fromEntries(detail), updatedAt: time },
  };
};
