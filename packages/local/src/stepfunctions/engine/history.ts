import type { Json } from '../data/json.ts';

/** One event of an execution's history, in the shape of the API. */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  /** Milliseconds since the epoch. */
  readonly timestampMs: number;
  readonly type: string;
  /** The name of the details member and its value. */
  readonly details?: readonly [name: string, value: Readonly<Record<string, Json | undefined>>];
}

/** The events of one execution, oldest first. */
export interface History {
  readonly events: HistoryEvent[];
  /** The id given last. Express children count events without keeping them: nobody can read them. */
  lastId: number;
  /** Set when the events were given up to save memory. */
  dropped?: boolean;
}

/** What an API answer holds for an event. */
export function describeEvent(event: HistoryEvent, includeExecutionData = true): Record<string, unknown> {
  const described: Record<string, unknown> = {
    id: event.id,
    previousEventId: event.previousEventId,
    timestamp: event.timestampMs / 1000,
    type: event.type,
  };
  if (event.details) {
    const [name, value] = event.details;
    described[name] = includeExecutionData ? value : { ...value, input: undefined, output: undefined };
  }
  return described;
}
