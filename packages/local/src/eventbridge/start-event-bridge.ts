import { startJsonService } from '../aws-json/json-service.ts';
import { type Clock, systemClock } from '../stepfunctions/engine/clock.ts';
import { type DroppedEvent, deliver } from './delivery.ts';
import { type BusEvent, eventActions } from './put-events.ts';
import { ruleActions } from './rule-actions.ts';
import { createRuleBook } from './rules.ts';
import { type Deliver, standardTargets, type TargetClients } from './targets.ts';

export interface StartEventBridgeOptions {
  /** @default 0, any free port */
  readonly port?: number;
  /** @default 'us-east-1' */
  readonly region?: string;
  /** @default '000000000000' */
  readonly accountId?: string;
  /** Clients of the services that rules may have targets of. @default none */
  readonly clients?: TargetClients;
  /** Targets of further services, by the service in their ARN, such as `sns`. @default none */
  readonly targets?: Readonly<Record<string, Deliver>>;
  /** Wait before the try of this number, from 1, in milliseconds. @default 100 ms, then twice as long each time, up to a minute */
  readonly retryDelayMs?: (retry: number) => number;
  /** Told of events that a target did not take and that no dead-letter queue has. @default nobody */
  readonly onDropped?: (dropped: DroppedEvent) => void;
  /** @default the machine's clock */
  readonly clock?: Clock;
}

/** A running EventBridge stand-in; its buses and rules are gone with it. */
export interface LocalEventBridge {
  /** For `@aws-sdk/client-eventbridge` and `aws --endpoint-url`, with any credentials. */
  readonly endpoint: string;
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** Takes an event of an AWS service into the default bus, which `PutEvents` would refuse. */
  publish(event: BusEvent): void;
  /** Waits until no delivery is under way. */
  settled(): Promise<void>;
  /** Ends deliveries under way and forgets the rules. */
  close(): Promise<void>;
}

const doubling = (retry: number): number => Math.min(100 * 2 ** (retry - 1), 60_000);

/**
 * Starts EventBridge in memory: buses, rules with event patterns, targets with input paths and transformers, retries and
 * dead-letter queues. What a rule may send to is what there is a client for: queues, functions and state machines. An event
 * for a bus that does not exist is accepted and goes nowhere, as on AWS. Signatures are not verified.
 *
 * Refused: schedules, archives, pipes, API destinations, parameters of targets that change what is delivered.
 *
 * @throws Error `EADDRINUSE` when the port is taken
 * @example
 * const bridge = await startEventBridge({ clients: { sqs: () => sqsClient } });
 * const client = new EventBridgeClient({ endpoint: bridge.endpoint, region: 'us-east-1', credentials });
 * await client.send(new PutRuleCommand({ Name: 'uploads', EventPattern: '{"source":["aws.s3"]}' }));
 */
export const startEventBridge = async ({
  port = 0,
  region = 'us-east-1',
  accountId = '000000000000',
  clients = {},
  targets: further = {},
  retryDelayMs = doubling,
  onDropped = () => {},
  clock = systemClock,
}: StartEventBridgeOptions = {}): Promise<LocalEventBridge> => {
  const book = createRuleBook(region, accountId, clock.now);
  const stop = new AbortController();
  const underWay = new Set<Promise<void>>();
  const targets = { ...standardTargets(clients), ...further };
  const options = { clock, targets, sqs: clients.sqs, retryDelayMs, onDropped, signal: stop.signal };

  const publish = (event: BusEvent, busName: string): void => {
    for (const rule of book.buses.get(busName)?.rules.values() ?? []) {
      if (!rule.enabled || !rule.fits({ ...event })) continue;
      for (const target of rule.targets.values()) {
        const delivery = deliver(event, rule, target, options).finally(() => underWay.delete(delivery));
        underWay.add(delivery);
      }
    }
  };

  const service = await startJsonService({
    name: 'EventBridge',
    targetPrefix: 'AWSEvents.',
    version: '1.1',
    port,
    actions: {
      ...ruleActions(book, new Set(Object.keys(targets))),
      ...eventActions({ region, accountId, now: clock.now, publish }),
    },
  });
  const settled = async (): Promise<void> => {
    while (underWay.size > 0) await Promise.all(underWay);
  };
  return {
    endpoint: service.endpoint,
    port: service.port,
    publish: (event) => publish(event, 'default'),
    settled,
    async close() {
      stop.abort(new Error('the local EventBridge is closed'));
      await Promise.all([service.close(), settled()]);
    },
  };
};
