import { ServiceError } from '../aws-json/service-error.ts';
import { isObject } from './pattern/leaf-tests.ts';

/** What a target is sent instead of the event; one of them at most. */
export interface TargetInput {
  /** JSON that is sent as it is. */
  readonly Input?: string;
  /** Part of the event: `$.detail`. */
  readonly InputPath?: string;
  readonly InputTransformer?: {
    readonly InputPathsMap?: Readonly<Record<string, string>>;
    readonly InputTemplate: string;
  };
}

/** What a template may name beside its own paths. */
export interface InputContext {
  readonly ruleArn: string;
  readonly ruleName: string;
  /** ISO 8601. */
  readonly ingestionTime: string;
}

type Event = Readonly<Record<string, unknown>>;

const placeholders = /<([^<>\s"]+)>/g;
const known = new Set([
  'aws.events.rule-arn',
  'aws.events.rule-name',
  'aws.events.event.ingestion-time',
  'aws.events.event',
  'aws.events.event.json',
]);

const refuse = (message: string): ServiceError => new ServiceError('ValidationException', message);

/**
 * Checks what a target is to be sent.
 *
 * @throws ServiceError `ValidationException`
 */
export const checkInput = (id: string, { Input, InputPath, InputTransformer }: TargetInput): void => {
  if ([Input, InputPath, InputTransformer].filter((one) => one !== undefined).length > 1)
    throw refuse(`Only one of Input, InputPath, or InputTransformer must be provided for target ${id}.`);
  const { InputPathsMap = {}, InputTemplate = '' } = InputTransformer ?? {};
  for (const path of [InputPath ?? '$', ...Object.values(InputPathsMap)])
    if (segmentsOf(path) === undefined)
      throw refuse(`The local EventBridge does not read the path ${path} of target ${id}`);
  for (const [, name = ''] of InputTemplate.matchAll(placeholders))
    if (!known.has(name) && !Object.hasOwn(InputPathsMap, name))
      throw refuse(`InputTemplate for target ${id} contains invalid placeholder ${name}.`);
};

/** `$.detail.items[0].name` as names and numbers; `undefined` for any other kind of path. */
const segmentsOf = (path: string): readonly string[] | undefined => {
  if (!/^\$(\.[\w-]+|\[\d+\]|\['[^']+'\])*$/.test(path)) return undefined;
  return [...path.matchAll(/\.([\w-]+)|\[(\d+)\]|\['([^']+)'\]/g)].map(
    ([, name, index, quoted]) => name ?? index ?? quoted!,
  );
};

const read = (event: unknown, path: string): unknown =>
  (segmentsOf(path) ?? []).reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, name)
        ? (value as Record<string, unknown>)[name]
        : undefined,
    event,
  );

/**
 * The text that a target is sent: the event, or what its settings make of it.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export const inputFor = (event: Event, target: TargetInput, context: InputContext): string => {
  const { Input, InputPath, InputTransformer } = target;
  if (Input !== undefined) return Input;
  if (InputPath !== undefined) return JSON.stringify(read(event, InputPath) ?? null);
  if (InputTransformer === undefined) return JSON.stringify(event);
  const { InputPathsMap = {}, InputTemplate } = InputTransformer;
  const values: Record<string, unknown> = {
    ...Object.fromEntries(Object.entries(InputPathsMap).map(([name, path]) => [name, read(event, path)])),
    'aws.events.rule-arn': context.ruleArn,
    'aws.events.rule-name': context.ruleName,
    'aws.events.event.ingestion-time': context.ingestionTime,
    'aws.events.event.json': event,
    'aws.events.event': withoutDetail(event),
  };
  return fill(InputTemplate, values);
};

/** As EventBridge tells an event in short. */
const withoutDetail = ({ detail: _, 'detail-type': detailType, ...rest }: Event): Event => ({ ...rest, detailType });

/** Within quotes a value is text, elsewhere it is JSON; what is missing is empty. */
const fill = (template: string, values: Readonly<Record<string, unknown>>): string => {
  let filled = '';
  let quoted = false;
  for (let at = 0; at < template.length; ) {
    placeholders.lastIndex = at;
    const found = template[at] === '<' ? placeholders.exec(template) : null;
    if (found?.index === at) {
      const value = values[found[1]!] ?? '';
      filled += quoted ? asText(value) : JSON.stringify(value);
      at += found[0].length;
      continue;
    }
    if (template[at] === '\\') filled += template[at++];
    else if (template[at] === '"') quoted = !quoted;
    filled += template[at++] ?? '';
  }
  return filled;
};

/** Objects and lists lose their quotes; those of a text are escaped, so that what comes out is JSON. */
const asText = (value: unknown): string => {
  if (isObject(value) || Array.isArray(value)) return JSON.stringify(value).replaceAll('"', '');
  return JSON.stringify(String(value)).slice(1, -1);
};
