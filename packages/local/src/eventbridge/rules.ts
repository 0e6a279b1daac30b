import { ServiceError } from '../aws-json/service-error.ts';
import type { EventMatcher } from './pattern/compile-pattern.ts';
import type { TargetInput } from './target-input.ts';

/** Where a rule sends events, as `PutTargets` has it. */
export interface RuleTarget extends TargetInput {
  readonly Id: string;
  readonly Arn: string;
  readonly RoleArn?: string;
  readonly RetryPolicy?: { readonly MaximumRetryAttempts?: number; readonly MaximumEventAgeInSeconds?: number };
  readonly DeadLetterConfig?: { readonly Arn?: string };
}

export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly pattern: string;
  readonly fits: EventMatcher;
  readonly description: string | undefined;
  enabled: boolean;
  readonly targets: Map<string, RuleTarget>;
}

export interface EventBus {
  readonly name: string;
  readonly arn: string;
  readonly createdMs: number;
  readonly description: string | undefined;
  readonly rules: Map<string, Rule>;
}

/** Buses with their rules. */
export interface RuleBook {
  readonly buses: Map<string, EventBus>;
  /** A bus by name or ARN, the default one without either. @throws ServiceError `ResourceNotFoundException` */
  busAt(nameOrArn: unknown): EventBus;
  /** @throws ServiceError `ResourceNotFoundException` */
  ruleAt(name: unknown, bus: unknown): Rule;
  addBus(name: string, description?: string): EventBus;
}

export const notFound = (message: string): ServiceError => new ServiceError('ResourceNotFoundException', message);

/** Name of a bus from its name or ARN. */
export const busName = (nameOrArn: unknown): string =>
  String(nameOrArn ?? 'default').replace(/^arn:.*:event-bus\//, '');

export const createRuleBook = (region: string, accountId: string, now: () => number): RuleBook => {
  const buses = new Map<string, EventBus>();
  const book: RuleBook = {
    buses,
    busAt(nameOrArn) {
      const bus = buses.get(busName(nameOrArn));
      if (bus === undefined) throw notFound(`Event bus ${busName(nameOrArn)} does not exist.`);
      return bus;
    },
    ruleAt(name, nameOrArn) {
      const bus = book.busAt(nameOrArn);
      const rule = bus.rules.get(String(name));
      if (rule === undefined) throw notFound(`Rule ${String(name)} does not exist on EventBus ${bus.name}.`);
      return rule;
    },
    addBus(name, description) {
      const arn = `arn:aws:events:${region}:${accountId}:event-bus/${name}`;
      const bus: EventBus = { name, arn, createdMs: now(), description, rules: new Map() };
      buses.set(name, bus);
      return bus;
    },
  };
  book.addBus('default');
  return book;
};

/** ARN of a rule; those of the default bus do not name it. */
export const ruleArn = (bus: EventBus, name: string): string =>
  bus.arn.replace(/:event-bus\/.*$/, `:rule/${bus.name === 'default' ? '' : `${bus.name}/`}${name}`);
