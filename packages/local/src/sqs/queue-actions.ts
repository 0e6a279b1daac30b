import type { JsonAction } from '../aws-json/json-service.ts';
import { ServiceError } from '../aws-json/service-error.ts';
import type { Broker, LocalQueue } from './broker.ts';
import { invalidParameter, missingParameter, noSuchQueue, unknownAttribute } from './errors.ts';
import { countMessages } from './messages.ts';
import { checkAttributes, defaultAttributes } from './queue-attributes.ts';

type Strings = Readonly<Record<string, string>>;

const purgePauseMs = 60_000;

/** Attributes that SQS works out. */
const derived = (queue: LocalQueue, nowMs: number): Strings => {
  const { visible, delayed, hidden } = countMessages(queue.messages, nowMs);
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    ApproximateNumberOfMessagesNotVisible: String(hidden),
    CreatedTimestamp: String(Math.floor(queue.createdMs / 1000)),
    LastModifiedTimestamp: String(Math.floor(queue.modifiedMs / 1000)),
  };
};

/** Told only where somebody gave it. */
const optional = ['Policy', 'RedrivePolicy', 'RedriveAllowPolicy', 'KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds'];

/** Actions on queues as a whole. */
export const queueActions = (broker: Broker): Readonly<Record<string, JsonAction>> => {
  const { clock, queues, region, accountId } = broker;
  const urlOf = (origin: string, name: string): string => `${origin}/${accountId}/${name}`;

  return {
    CreateQueue({ body: { QueueName, Attributes, tags }, origin }) {
      const name = String(QueueName ?? '');
      if (name.endsWith('.fifo')) throw invalidParameter('The local SQS has no FIFO queues');
      if (!/^[\w-]{1,80}$/.test(name))
        throw invalidParameter('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length');
      const attributes = checkAttributes(Attributes);
      const there = queues.get(name);
      const other = Object.entries(attributes).find(([key, value]) => there && there.attributes[key] !== value);
      if (other !== undefined)
        throw new ServiceError(
          'QueueNameExists',
          `A queue already exists with the same name and a different value for attribute ${other[0]}`,
          { queryCode: 'QueueAlreadyExists' },
        );
      if (there === undefined)
        queues.set(name, {
          name,
          arn: `arn:aws:sqs:${region}:${accountId}:${name}`,
          createdMs: clock.now(),
          modifiedMs: clock.now(),
          attributes: { ...defaultAttributes, ...attributes },
          tags: (tags ?? {}) as Strings,
          messages: new Map(),
          waiting: new Set(),
        });
      return { QueueUrl: urlOf(origin, name) };
    },

    GetQueueUrl({ body: { QueueName }, origin }) {
      if (!queues.has(String(QueueName))) throw noSuchQueue();
      return { QueueUrl: urlOf(origin, String(QueueName)) };
    },

    ListQueues({ body: { QueueNamePrefix = '' }, origin }) {
      const names = [...queues.keys()].filter((name) => name.startsWith(String(QueueNamePrefix))).sort();
      return names.length === 0 ? {} : { QueueUrls: names.map((name) => urlOf(origin, name)) };
    },

    DeleteQueue({ body }) {
      queues.delete(broker.at(body.QueueUrl).name);
      return {};
    },

    GetQueueAttributes({ body }) {
      const queue = broker.at(body.QueueUrl);
      const wanted = (body.AttributeNames ?? []) as readonly string[];
      const all: Strings = { ...queue.attributes, ...derived(queue, clock.now()) };
      const unknown = wanted.find((name) => name !== 'All' && !(name in all) && !optional.includes(name));
      if (unknown !== undefined) throw unknownAttribute(unknown);
      const named = Object.entries(all).filter(([name, value]) => {
        if (wanted.includes(name)) return value !== '';
        return wanted.includes('All') && value !== '';
      });
      return named.length === 0 ? {} : { Attributes: Object.fromEntries(named) };
    },

    SetQueueAttributes({ body }) {
      const queue = broker.at(body.QueueUrl);
      if (body.Attributes === undefined) throw missingParameter('Attributes');
      const given = checkAttributes(body.Attributes);
      const merged = { ...queue.attributes, ...given };
      if (given.SqsManagedSseEnabled === 'true') delete merged.KmsMasterKeyId;
      queue.attributes = merged;
      queue.modifiedMs = clock.now();
      return {};
    },

    PurgeQueue({ body }) {
      const queue = broker.at(body.QueueUrl);
      if (queue.purgedMs !== undefined && clock.now() - queue.purgedMs < purgePauseMs)
        throw new ServiceError(
          'PurgeQueueInProgress',
          `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`,
          { status: 403, queryCode: 'AWS.SimpleQueueService.PurgeQueueInProgress' },
        );
      queue.purgedMs = clock.now();
      queue.messages.clear();
      return {};
    },

    ListDeadLetterSourceQueues({ body, origin }) {
      const sources = broker.sourcesOf(broker.at(body.QueueUrl));
      return { queueUrls: sources.map(({ name }) => urlOf(origin, name)) };
    },

    TagQueue({ body }) {
      const queue = broker.at(body.QueueUrl);
      queue.tags = { ...queue.tags, ...(body.Tags as Strings) };
      return {};
    },

    UntagQueue({ body }) {
      const queue = broker.at(body.QueueUrl);
      const gone = new Set((body.TagKeys ?? []) as readonly string[]);
      queue.tags = Object.fromEntries(Object.entries(queue.tags).filter(([key]) => !gone.has(key)));
      return {};
    },

    ListQueueTags({ body }) {
      const { tags } = broker.at(body.QueueUrl);
      return Object.keys(tags).length === 0 ? {} : { Tags: tags };
    },
  };
};
