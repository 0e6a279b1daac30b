import { randomUUID } from 'node:crypto';
import type { JsonAction } from '../aws-json/json-service.ts';
import { ServiceError } from '../aws-json/service-error.ts';
import { compilePattern } from './pattern/compile-pattern.ts';
import { isObject } from './pattern/leaf-tests.ts';
import { busName } from './rules.ts';

/** An event as rules and targets see it. */
export interface BusEvent {
  readonly version: string;
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** Whole seconds, ISO 8601. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: object;
}

interface Entry {
  readonly Time?: number;
  readonly Source?: string;
  readonly Resources?: readonly string[];
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly EventBusName?: string;
}

const mostEntries = 10;
/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html; 256 KB until 2025 */
const mostBytes = 1_048_576;

/** Size of an entry as EventBridge counts it, in bytes. */
const bytesOf = ({ Time, Source = '', DetailType = '', Detail = '', Resources = [] }: Entry): number =>
  (Time === undefined ? 0 : 14) +
  [Source, DetailType, Detail, ...Resources].reduce((sum, text) => sum + Buffer.byteLength(text), 0);

type Failure = { readonly ErrorCode: string; readonly ErrorMessage: string };

const required = (name: string): Failure => ({
  ErrorCode: 'InvalidArgument',
  ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
});

const readDetail = ({ Source, DetailType, Detail }: Entry): { readonly detail: object } | Failure => {
  if (!Source) return required('Source');
  if (Source.startsWith('aws.'))
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  if (!DetailType) return required('DetailType');
  if (!Detail) return required('Detail');
  const malformed: Failure = { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  try {
    const detail: unknown = JSON.parse(Detail);
    return isObject(detail) ? { detail } : malformed;
  } catch {
    return malformed;
  }
};

export interface PutEventsOptions {
  readonly region: string;
  readonly accountId: string;
  readonly now: () => number;
  readonly publish: (event: BusEvent, bus: string) => void;
}

/** `PutEvents` and `TestEventPattern`. */
export const eventActions = (options: PutEventsOptions): Readonly<Record<string, JsonAction>> => ({
  PutEvents({ body: { Entries } }) {
    const entries = (Entries ?? []) as readonly Entry[];
    if (entries.length === 0 || entries.length > mostEntries)
      throw new ServiceError(
        'ValidationException',
        `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length ${entries.length === 0 ? 'greater than or equal to 1' : 'less than or equal to 10'}`,
      );
    if (entries.reduce((sum, entry) => sum + bytesOf(entry), 0) > mostBytes)
      throw new ServiceError('ValidationException', 'Total size of the entries in the request is over the limit.');
    const answers = entries.map((entry) => {
      const read = readDetail(entry);
      if ('ErrorCode' in read) return read;
      const id = randomUUID();
      const time = new Date(entry.Time === undefined ? options.now() : entry.Time * 1000);
      options.publish(
        {
          version: '0',
          id,
          'detail-type': entry.DetailType!,
          source: entry.Source!,
          account: options.accountId,
          time: time.toISOString().replace(/\.\d+Z$/, 'Z'),
          region: options.region,
          resources: entry.Resources ?? [],
          detail: read.detail,
        },
        busName(entry.EventBusName),
      );
      return { EventId: id };
    });
    return { FailedEntryCount: answers.filter((answer) => 'ErrorCode' in answer).length, Entries: answers };
  },

  TestEventPattern({ body: { EventPattern, Event } }) {
    const fits = compilePattern(String(EventPattern));
    let event: unknown;
    try {
      event = JSON.parse(String(Event));
    } catch {
      // Told below, together with JSON that is no object.
    }
    if (!isObject(event)) throw new ServiceError('ValidationException', 'Parameter Event is not valid.');
    return { Result: fits(event) };
  },
});
