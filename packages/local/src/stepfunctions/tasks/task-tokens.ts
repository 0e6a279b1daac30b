import { randomUUID } from 'node:crypto';
import { StateError } from '../data/errors.ts';
import type { Json } from '../data/json.ts';

/** A task that waits for its token to come back. */
export interface PendingTask {
  readonly token: string;
  readonly result: Promise<Json>;
  onHeartbeat: () => void;
}

/** The tasks that wait for a token. */
export interface TaskTokens {
  open(machineArn: string): PendingTask;
  close(token: string): void;
  /** Each answers false when no task waits for the token. */
  succeed(token: string, output: Json): boolean;
  fail(token: string, error: string | undefined, cause: string | undefined): boolean;
  beat(token: string): boolean;
  /** The state machine whose task waits for the token, or waited for it. */
  machineOf(token: string): string | undefined;
}

/** Makes an empty set of waiting tasks. */
export function createTaskTokens(): TaskTokens {
  const waiting = new Map<string, { task: PendingTask; resolve(value: Json): void; reject(error: unknown): void }>();
  const machines = new Map<string, string>();
  return {
    open(machineArn) {
      const { promise, resolve, reject } = Promise.withResolvers<Json>();
      // The answer may come before the call that carries the token returns; nobody listens until then.
      promise.catch(() => {});
      const token = Buffer.from(`local:${randomUUID()}:${randomUUID()}`).toString('base64');
      const task: PendingTask = { token, result: promise, onHeartbeat: () => {} };
      waiting.set(token, { task, resolve, reject });
      machines.set(token, machineArn);
      return task;
    },
    close: (token) => void waiting.delete(token),
    succeed(token, output) {
      const found = waiting.get(token);
      found?.resolve(output);
      return waiting.delete(token);
    },
    fail(token, error, cause) {
      const found = waiting.get(token);
      found?.reject(new StateError(error, cause));
      return waiting.delete(token);
    },
    beat(token) {
      const found = waiting.get(token);
      found?.task.onHeartbeat();
      return found !== undefined;
    },
    machineOf: (token) => machines.get(token),
  };
}
