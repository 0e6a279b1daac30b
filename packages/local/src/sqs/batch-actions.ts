import type { JsonAction } from '../aws-json/json-service.ts';
import { ServiceError } from '../aws-json/service-error.ts';
import type { Broker } from './broker.ts';
import { batchError } from './errors.ts';
import { changeVisibility, deleteMessage, type Fields, messageBytes, sendMessage } from './message-actions.ts';

const mostEntries = 10;
const mostBatchBytes = 1_048_576;

/** The entries of a batch. @throws ServiceError for a batch that SQS refuses as a whole */
const entriesOf = ({ Entries }: Fields): readonly Fields[] => {
  const entries = (Entries ?? []) as readonly Fields[];
  if (entries.length === 0) throw batchError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > mostEntries)
    throw batchError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are 10. You have sent ${entries.length}.`,
    );
  const ids = entries.map(({ Id }) => String(Id ?? ''));
  if (!ids.every((id) => /^[\w-]{1,80}$/.test(id)))
    throw batchError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
    );
  const repeated = ids.find((id, index) => ids.indexOf(id) < index);
  if (repeated !== undefined) throw batchError('BatchEntryIdsNotDistinct', `Id ${repeated} repeated.`);
  return entries;
};

/** Does each entry alone: one that fails keeps no other back. */
const each = (entries: readonly Fields[], act: (entry: Fields) => object): object => {
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of entries) {
    try {
      Successful.push({ Id: entry.Id, ...act(entry) });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      const { code, queryCode = code, message } = error;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: queryCode, Message: message });
    }
  }
  return { ...(Successful.length > 0 && { Successful }), ...(Failed.length > 0 && { Failed }) };
};

/** Actions on up to ten messages at once. */
export const batchActions = (broker: Broker): Readonly<Record<string, JsonAction>> => ({
  SendMessageBatch({ body }) {
    const queue = broker.at(body.QueueUrl);
    const entries = entriesOf(body);
    const bytes = entries.reduce((sum, entry) => sum + messageBytes(entry), 0);
    if (bytes > mostBatchBytes)
      throw batchError(
        'BatchRequestTooLong',
        `Batch requests cannot be longer than ${mostBatchBytes} bytes. You have sent ${bytes} bytes.`,
      );
    return each(entries, (entry) => sendMessage(broker, queue, entry));
  },

  DeleteMessageBatch({ body }) {
    const queue = broker.at(body.QueueUrl);
    return each(entriesOf(body), (entry) => {
      deleteMessage(queue, entry);
      return {};
    });
  },

  ChangeMessageVisibilityBatch({ body }) {
    const queue = broker.at(body.QueueUrl);
    return each(entriesOf(body), (entry) => {
      changeVisibility(broker, queue, entry);
      return {};
    });
  },
});
