import type { JsonAction } from '../aws-json/json-service.ts';
import { ServiceError } from '../aws-json/service-error.ts';
import { compilePattern } from './pattern/compile-pattern.ts';
import { busName, type EventBus, type Rule, type RuleBook, type RuleTarget, ruleArn } from './rules.ts';
import { checkInput } from './target-input.ts';

const invalid = (message: string): ServiceError => new ServiceError('ValidationException', message);

const describeBus = ({ name, arn, createdMs, description }: EventBus): object => ({
  Name: name,
  Arn: arn,
  Description: description,
  CreationTime: createdMs / 1000,
  LastModifiedTime: createdMs / 1000,
});

const describeRule = ({ name, arn, pattern, enabled, description }: Rule, bus: string): object => ({
  Name: name,
  Arn: arn,
  EventPattern: pattern,
  State: enabled ? 'ENABLED' : 'DISABLED',
  Description: description,
  EventBusName: bus,
});

/** Most targets of one rule: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const mostTargets = 5;

/** Targets have these beside what they are sent; others would change what a target gets. */
const targetMembers = new Set([
  ...['Id', 'Arn', 'RoleArn', 'Input', 'InputPath', 'InputTransformer', 'RetryPolicy', 'DeadLetterConfig'],
]);

const checkTarget = (target: RuleTarget, index: number, services: ReadonlySet<string>): void => {
  const { Id, Arn, RetryPolicy = {} } = target;
  const at = `Value '${Id}' at 'targets.${index + 1}.member.id' failed to satisfy constraint`;
  if (!/^[.\-_A-Za-z0-9]+$/.test(Id))
    throw invalid(
      `1 validation error detected: ${at}: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+`,
    );
  if (Id.length > 64)
    throw invalid(`1 validation error detected: ${at}: Member must have length less than or equal to 64`);
  const service = Arn.split(':')[2] ?? '';
  if (!services.has(service))
    throw invalid(`The local EventBridge has no targets of the service '${service}' (${Arn})`);
  const other = Object.keys(target).find((name) => !targetMembers.has(name));
  if (other !== undefined) throw invalid(`The local EventBridge does not do '${other}' of target ${Id}`);
  const { MaximumRetryAttempts: tries = 0, MaximumEventAgeInSeconds: age = 60 } = RetryPolicy;
  if (tries < 0 || tries > 185 || age < 60 || age > 86_400)
    throw invalid(
      `RetryPolicy of target ${Id}: MaximumRetryAttempts is 0 to 185, MaximumEventAgeInSeconds 60 to 86400`,
    );
  checkInput(Id, target);
};

/** Actions on buses, rules and targets. `services` are those that targets may be of. */
export const ruleActions = (book: RuleBook, services: ReadonlySet<string>): Readonly<Record<string, JsonAction>> => {
  const enable =
    (enabled: boolean): JsonAction =>
    ({ body: { Name, EventBusName } }) => {
      book.ruleAt(Name, EventBusName).enabled = enabled;
      return {};
    };

  return {
    CreateEventBus({ body: { Name, Description } }) {
      const name = String(Name);
      if (book.buses.has(name))
        throw new ServiceError('ResourceAlreadyExistsException', `Event bus ${name} already exists.`);
      return { EventBusArn: book.addBus(name, Description as string | undefined).arn, Description };
    },

    DescribeEventBus: ({ body: { Name } }) => describeBus(book.busAt(Name)),

    ListEventBuses({ body: { NamePrefix = '' } }) {
      const buses = [...book.buses.values()].filter(({ name }) => name.startsWith(String(NamePrefix)));
      return { EventBuses: buses.map(describeBus) };
    },

    DeleteEventBus({ body: { Name } }) {
      if (Name === 'default') throw invalid('Cannot delete event bus default.');
      book.buses.delete(book.busAt(Name).name);
      return {};
    },

    PutRule({ body: { Name, EventBusName, EventPattern, ScheduleExpression, State = 'ENABLED', Description } }) {
      const bus = book.busAt(EventBusName);
      const name = String(Name ?? '');
      if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(name)) throw invalid(`The name of a rule is not valid: ${name}`);
      if (ScheduleExpression !== undefined) throw invalid('The local EventBridge has no schedules');
      if (typeof EventPattern !== 'string')
        throw invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.');
      const rule: Rule = {
        name,
        arn: ruleArn(bus, name),
        pattern: EventPattern,
        fits: compilePattern(EventPattern),
        description: Description as string | undefined,
        enabled: String(State).startsWith('ENABLED'),
        targets: bus.rules.get(name)?.targets ?? new Map(),
      };
      bus.rules.set(name, rule);
      return { RuleArn: rule.arn };
    },

    DescribeRule({ body: { Name, EventBusName } }) {
      const rule = book.ruleAt(Name, EventBusName);
      return { ...describeRule(rule, busName(EventBusName)), CreatedBy: rule.arn.split(':')[4] };
    },

    ListRules({ body: { EventBusName, NamePrefix = '' } }) {
      const { name, rules } = book.busAt(EventBusName);
      const found = [...rules.values()].filter((rule) => rule.name.startsWith(String(NamePrefix)));
      return { Rules: found.map((rule) => describeRule(rule, name)) };
    },

    EnableRule: enable(true),
    DisableRule: enable(false),

    DeleteRule({ body: { Name, EventBusName } }) {
      const { rules } = book.busAt(EventBusName);
      if ((rules.get(String(Name))?.targets.size ?? 0) > 0)
        throw invalid("Rule can't be deleted since it has targets.");
      rules.delete(String(Name));
      return {};
    },

    PutTargets({ body: { Rule: name, EventBusName, Targets } }) {
      const { targets } = book.ruleAt(name, EventBusName);
      const given = (Targets ?? []) as readonly RuleTarget[];
      given.forEach((target, index) => {
        checkTarget(target, index, services);
      });
      if (new Set([...targets.keys(), ...given.map(({ Id }) => Id)]).size > mostTargets)
        throw new ServiceError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
      for (const target of given) targets.set(target.Id, target);
      return { FailedEntries: [], FailedEntryCount: 0 };
    },

    RemoveTargets({ body: { Rule: name, EventBusName, Ids } }) {
      const { targets } = book.ruleAt(name, EventBusName);
      for (const id of (Ids ?? []) as readonly string[]) targets.delete(id);
      return { FailedEntries: [], FailedEntryCount: 0 };
    },

    ListTargetsByRule: ({ body: { Rule: name, EventBusName } }) => ({
      Targets: [...book.ruleAt(name, EventBusName).targets.values()],
    }),

    ListRuleNamesByTarget({ body: { TargetArn, EventBusName } }) {
      const rules = [...book.busAt(EventBusName).rules.values()];
      const found = rules.filter(({ targets }) => [...targets.values()].some(({ Arn }) => Arn === TargetArn));
      return { RuleNames: found.map(({ name }) => name) };
    },
  };
};
