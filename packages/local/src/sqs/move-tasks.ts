import { randomUUID } from 'node:crypto';
import type { JsonAction } from '../aws-json/json-service.ts';
import type { Broker, LocalQueue } from './broker.ts';
import { invalidParameter, noSuchResource } from './errors.ts';
import { countMessages } from './messages.ts';

/** A move of messages out of a dead-letter queue. */
interface MoveTask {
  readonly id: string;
  readonly sourceArn: string;
  /** @default the queue that each message was given up on */
  readonly destinationArn: string | undefined;
  readonly perSecond: number | undefined;
  readonly startedMs: number;
  readonly toMove: number;
  moved: number;
  status: 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  failure?: string;
}

const mostListed = 10;

const handleOf = ({ id, sourceArn }: MoveTask): string =>
  Buffer.from(JSON.stringify({ taskId: id, sourceArn })).toString('base64');

const readHandle = (handle: unknown): { readonly taskId?: string; readonly sourceArn?: string } => {
  try {
    return JSON.parse(Buffer.from(String(handle), 'base64').toString()) as { taskId?: string; sourceArn?: string };
  } catch {
    throw invalidParameter('Value for parameter TaskHandle is invalid.');
  }
};

/**
 * Moves of dead letters back to where they came from:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
 */
export const moveTaskActions = (broker: Broker, signal: AbortSignal): Readonly<Record<string, JsonAction>> => {
  const { clock } = broker;
  const tasks: MoveTask[] = [];

  const sourceAt = (arn: unknown): LocalQueue => {
    const queue = broker.byArn(String(arn));
    if (queue === undefined)
      throw noSuchResource("The resource that you specified for the SourceArn parameter doesn't exist.");
    return queue;
  };

  /** Moved messages are new ones: their id, their time and their receive count begin anew. */
  const move = async (task: MoveTask, source: LocalQueue): Promise<void> => {
    while (task.status === 'RUNNING' && !signal.aborted) {
      const [message] = [...source.messages.values()].filter(({ visibleAtMs }) => visibleAtMs <= clock.now());
      if (message === undefined || task.moved >= task.toMove) {
        task.status = 'COMPLETED';
        return;
      }
      const arn = task.destinationArn ?? message.deadLetterSourceArn;
      const target = arn === undefined ? undefined : broker.byArn(arn);
      if (target === undefined) {
        task.status = 'FAILED';
        task.failure = arn === undefined ? 'CouldNotDetermineMessageSource' : 'AWS.SimpleQueueService.NonExistentQueue';
        return;
      }
      source.messages.delete(message.id);
      broker.send(target, message, 0);
      task.moved += 1;
      if (task.perSecond !== undefined) await clock.sleep(1000 / task.perSecond, signal).catch(() => {});
    }
  };

  return {
    StartMessageMoveTask({ body: { SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond } }) {
      const source = sourceAt(SourceArn);
      if (broker.sourcesOf(source).length === 0)
        throw invalidParameter('Source queue must be configured as a Dead Letter Queue.');
      if (DestinationArn !== undefined && broker.byArn(String(DestinationArn)) === undefined)
        throw noSuchResource("The resource that you specified for the DestinationArn parameter doesn't exist.");
      if (tasks.some(({ sourceArn, status }) => sourceArn === source.arn && status === 'RUNNING'))
        throw invalidParameter(
          'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
        );
      const task: MoveTask = {
        id: randomUUID(),
        sourceArn: source.arn,
        destinationArn: DestinationArn as string | undefined,
        perSecond: MaxNumberOfMessagesPerSecond as number | undefined,
        startedMs: clock.now(),
        toMove: countMessages(source.messages, clock.now()).visible,
        moved: 0,
        status: 'RUNNING',
      };
      tasks.unshift(task);
      void move(task, source);
      return { TaskHandle: handleOf(task) };
    },

    ListMessageMoveTasks({ body: { SourceArn, MaxResults = 1 } }) {
      const source = sourceAt(SourceArn);
      const most = Math.min(Number(MaxResults), mostListed);
      const found = tasks.filter(({ sourceArn }) => sourceArn === source.arn).slice(0, most);
      return {
        Results: found.map((task) => ({
          TaskHandle: task.status === 'RUNNING' ? handleOf(task) : undefined,
          Status: task.status,
          SourceArn: task.sourceArn,
          DestinationArn: task.destinationArn,
          MaxNumberOfMessagesPerSecond: task.perSecond,
          ApproximateNumberOfMessagesMoved: task.moved,
          ApproximateNumberOfMessagesToMove: task.toMove,
          FailureReason: task.failure,
          StartedTimestamp: task.startedMs,
        })),
      };
    },

    CancelMessageMoveTask({ body: { TaskHandle } }) {
      const { taskId, sourceArn } = readHandle(TaskHandle);
      sourceAt(sourceArn);
      const task = tasks.find(({ id }) => id === taskId);
      if (task === undefined) throw noSuchResource('Task does not exist.');
      if (task.status !== 'RUNNING') throw invalidParameter('Only active tasks can be cancelled.');
      task.status = 'CANCELLED';
      return { ApproximateNumberOfMessagesMoved: task.moved };
    },
  };
};
