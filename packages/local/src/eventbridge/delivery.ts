import type { Clock } from '../stepfunctions/engine/clock.ts';
import type { BusEvent } from './put-events.ts';
import type { Rule, RuleTarget } from './rules.ts';
import { inputFor } from './target-input.ts';
import { type Deliver, sendToQueue, type TargetClients } from './targets.ts';

/** An event that a target did not take and no dead-letter queue has. */
export interface DroppedEvent {
  readonly rule: string;
  readonly target: string;
  readonly eventId: string;
  readonly reason: string;
}

export interface DeliveryOptions {
  readonly clock: Clock;
  readonly targets: Readonly<Record<string, Deliver>>;
  readonly sqs: TargetClients['sqs'];
  /** Wait before the try of this number, from 1, in milliseconds. */
  readonly retryDelayMs: (retry: number) => number;
  readonly onDropped: (dropped: DroppedEvent) => void;
  readonly signal: AbortSignal;
}

const standardTries = 185;
const standardAgeSeconds = 86_400;

type ServiceFailure = Error & { readonly $metadata?: { readonly httpStatusCode?: number } };

/** 5xx and 429 may pass, and no answer at all; anything else does not. */
const mayPass = (error: ServiceFailure): boolean => {
  const status = error.$metadata?.httpStatusCode;
  return status === undefined || status >= 500 || status === 429;
};

/** EventBridge's own names: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html */
const errorCode = (error: ServiceFailure): string => {
  const status = error.$metadata?.httpStatusCode;
  if (status === undefined) return 'CONNECTION_FAILURE';
  if (status === 429) return 'THROTTLING';
  if (/NotFound|DoesNotExist|NonExistent/.test(error.name)) return 'NO_RESOURCE';
  if (/AccessDenied/.test(error.name)) return 'NO_PERMISSIONS';
  return status >= 500 ? 'ERROR_FROM_TARGET' : 'INVALID_PARAMETER';
};

/** Gives an event to a target, again while that may help, and to its dead-letter queue when it does not. */
export const deliver = async (
  event: BusEvent,
  rule: Rule,
  target: RuleTarget,
  { clock, targets, sqs, retryDelayMs, onDropped, signal }: DeliveryOptions,
): Promise<void> => {
  const { MaximumRetryAttempts: mostRetries = standardTries, MaximumEventAgeInSeconds: age = standardAgeSeconds } =
    target.RetryPolicy ?? {};
  const begunMs = clock.now();
  const ingestionTime = new Date(begunMs).toISOString();
  const input = inputFor({ ...event }, target, { ruleArn: rule.arn, ruleName: rule.name, ingestionTime });
  const send = targets[target.Arn.split(':')[2] ?? '']!;

  const giveUp = async (failure: ServiceFailure, retries: number, exhausted?: string): Promise<void> => {
    const drop = (reason: string): void =>
      onDropped({ rule: rule.name, target: target.Arn, eventId: event.id, reason });
    const letters = target.DeadLetterConfig?.Arn;
    if (letters === undefined || sqs === undefined) return drop(failure.message);
    const attributes = {
      RULE_ARN: rule.arn,
      TARGET_ARN: target.Arn,
      ERROR_CODE: errorCode(failure),
      ERROR_MESSAGE: failure.message,
      RETRY_ATTEMPTS: String(retries),
      ...(exhausted === undefined ? {} : { EXHAUSTED_RETRY_CONDITION: exhausted }),
    };
    // The event as it came, whatever the target would have been sent.
    await sendToQueue(sqs(), letters, JSON.stringify(event), attributes).catch((error: unknown) =>
      drop(`${failure.message}; and no dead letter: ${(error as Error).message}`),
    );
  };

  for (let retries = 0; !signal.aborted; retries++) {
    try {
      return await send(target.Arn, input, signal);
    } catch (error) {
      if (signal.aborted) return;
      const failure = error as ServiceFailure;
      if (!mayPass(failure)) return giveUp(failure, retries);
      if (retries >= mostRetries) return giveUp(failure, retries, 'MaximumRetryAttempts');
      const waitMs = retryDelayMs(retries + 1);
      if (clock.now() + waitMs - begunMs > age * 1000) return giveUp(failure, retries, 'MaximumEventAgeInSeconds');
      await clock.sleep(waitMs, signal).catch(() => {});
    }
  }
};
