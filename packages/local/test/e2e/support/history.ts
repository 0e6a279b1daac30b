import {
  type HistoryEvent,
  ListMapRunsCommand,
  paginateGetExecutionHistory,
  paginateListExecutions,
  type SFNClient,
} from '@aws-sdk/client-sfn';

export const historyOf = async (sfn: SFNClient, executionArn: string): Promise<HistoryEvent[]> => {
  const all: HistoryEvent[] = [];
  for await (const { events = [] } of paginateGetExecutionHistory(
    { client: sfn, pageSize: 1000 },
    { executionArn, includeExecutionData: true },
  ))
    all.push(...events);
  return all;
};

/** ARNs of the executions that a Distributed Map started, one per chunk. */
export const childrenOf = async (sfn: SFNClient, executionArn: string): Promise<string[]> => {
  const { mapRuns = [] } = await sfn.send(new ListMapRunsCommand({ executionArn }));
  const arns: string[] = [];
  for (const { mapRunArn } of mapRuns)
    for await (const { executions = [] } of paginateListExecutions({ client: sfn, pageSize: 1000 }, { mapRunArn }))
      arns.push(...executions.map((child) => child.executionArn!));
  return arns;
};

/** Every text of an event with its size in bytes: inputs, outputs, parameters, causes. */
export const textsOf = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || value instanceof Date) return [];
  return Object.values(value).flatMap(textsOf);
};

/** Size in bytes of the largest input, output or parameter in a history. */
export const largestEdge = (events: readonly HistoryEvent[]): number =>
  Math.max(...events.flatMap(textsOf).map((text) => Buffer.byteLength(text)));
