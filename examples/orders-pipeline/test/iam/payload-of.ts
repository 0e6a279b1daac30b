import type { SFNClient } from '@aws-sdk/client-sfn';
import { historyOf } from '../../../../packages/local/test/e2e/support/history.ts';

/** What an execution called a function with. */
export const payloadOf = async (sfn: SFNClient, executionArn: string, functionName: string): Promise<object> => {
  for (const { taskScheduledEventDetails } of await historyOf(sfn, executionArn)) {
    const { FunctionName, Payload } = JSON.parse(taskScheduledEventDetails?.parameters ?? '{}') as {
      readonly FunctionName?: string;
      readonly Payload?: object;
    };
    if (FunctionName?.endsWith(functionName) === true && Payload !== undefined) return Payload;
  }
  throw new Error(`the execution did not call ${functionName}`);
};
