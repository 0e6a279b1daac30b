import { CreateEventBusCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { type EventSource, startEventSource } from '../sqs/index.ts';
import { deadLettersOf, queuesOf, rulesOf } from './app-queues.ts';
import type { Closer } from './closer.ts';
import type { LocalApp, LocalQueue, LocalRule } from './local-app.ts';
import type { Services } from './services.ts';
import type { Triggers } from './triggers.ts';

/** Makes the queues, rules and event sources of an app. Its functions are there already. */
export const deployEvents = async (
  app: LocalApp,
  { clients, queues, lambda }: Services,
  triggers: Triggers,
  closer: Closer,
  {
    stateMachineArn,
    timeoutSecondsOf,
  }: { stateMachineArn: string; timeoutSecondsOf: (functionName: string) => number },
): Promise<void> => {
  const makeQueue = async (name: string, { visibilitySeconds = 30, deadLetters }: LocalQueue): Promise<void> => {
    const redrive =
      deadLetters === undefined
        ? {}
        : {
            RedrivePolicy: JSON.stringify({
              deadLetterTargetArn: queues.queueArn(deadLetters.queue),
              maxReceiveCount: deadLetters.maxReceives,
            }),
          };
    const Attributes = { VisibilityTimeout: String(visibilitySeconds), ...redrive };
    await clients.sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  };

  const makeRule = async (Name: string, { bus, pattern, targets }: LocalRule): Promise<void> => {
    const { eventBridge } = clients;
    const named = bus === undefined ? {} : { EventBusName: bus };
    await eventBridge.send(new PutRuleCommand({ Name, EventPattern: JSON.stringify(pattern), ...named }));
    const Targets = targets.map((target, index) => ({
      Id: `target-${index}`,
      Arn: 'queue' in target ? queues.queueArn(target.queue) : lambda.functionArn(target.functionName),
      DeadLetterConfig: { Arn: queues.queueArn(deadLettersOf(app)) },
    }));
    await eventBridge.send(new PutTargetsCommand({ Rule: Name, Targets, ...named }));
  };

  const feed = ([name, { consumer }]: readonly [string, LocalQueue]): Promise<EventSource | undefined> => {
    if (consumer === undefined) return Promise.resolve(undefined);
    return startEventSource({
      ...consumer,
      client: clients.sqs,
      queueUrl: queues.queueUrl(name),
      invoke: lambda.invoke,
      functionTimeoutSeconds: timeoutSecondsOf(consumer.functionName),
      reportBatchItemFailures: true,
      onFailed: (failed, reason, logs) => triggers.onFailed(name, failed, reason, logs),
    });
  };

  const all = queuesOf(app, timeoutSecondsOf);
  const rules = Object.entries(rulesOf(app, stateMachineArn));
  await Promise.all(all.map(([name, queue]) => makeQueue(name, queue)));
  const buses = new Set(rules.flatMap(([, { bus = 'default' }]) => (bus === 'default' ? [] : [bus])));
  await Promise.all([...buses].map((Name) => clients.eventBridge.send(new CreateEventBusCommand({ Name }))));
  await Promise.all(rules.map(([name, rule]) => makeRule(name, rule)));
  for (const source of await Promise.all(all.map(feed))) if (source !== undefined) closer.add(source);
};
