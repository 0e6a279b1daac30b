export type { DeadLetter } from './broker.ts';
export { type EventSource, type EventSourceOptions, startEventSource } from './event-source.ts';
export type { SqsRecord } from './queue-event.ts';
export { type LocalSqs, type StartSqsOptions, startSqs } from './start-sqs.ts';
