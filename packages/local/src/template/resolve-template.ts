import type { TemplateParameter } from './check-parameters.ts';
import { attributeOf, type Cloud, refOf, type TemplateResource } from './resource-values.ts';

/** A CloudFormation template, as far as it is read. */
export interface Template {
  readonly Parameters?: Readonly<Record<string, TemplateParameter>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, TemplateResource>>;
}

/** What is not in the template itself. */
export interface ResolveOptions extends Partial<Cloud> {
  /** Values of parameters. @default their defaults */
  readonly parameters?: Readonly<Record<string, string | number>>;
  /** Names of resources by logical id, where they are to have others than the template says. @default {} */
  readonly names?: Readonly<Record<string, string>>;
  /** Name of the stack. @default 'local' */
  readonly stackName?: string;
}

/** A resource with everything that refers to others filled in. */
export interface ResolvedResource {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Its name, as others refer to it. */
  readonly name: string;
  /** What `Ref` gives. */
  readonly ref: string;
}

/**
 * Fills in a template as CloudFormation would: parameters, references, attributes, joins and conditions. Resources whose
 * condition does not hold are left out.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 *
 * @throws Error for a function, an attribute or a parameter that it does not know; nothing is guessed
 * @example
 * const resources = resolveTemplate(JSON.parse(await readFile('cdk.out/Orders.template.json', 'utf8')));
 */
export const resolveTemplate = (
  template: Template,
  {
    parameters = {},
    names = {},
    stackName = 'local',
    region = 'us-east-1',
    accountId = '000000000000',
  }: ResolveOptions = {},
): Readonly<Record<string, ResolvedResource>> => {
  const cloud: Cloud = { region, accountId };
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::AccountId': accountId,
    'AWS::Region': region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stackName,
  };
  const resourceOf = (id: string): TemplateResource => {
    const resource = template.Resources[id];
    if (resource === undefined) throw new Error(`the template has no resource ${id}`);
    return resource;
  };
  const ref = (id: string): unknown => {
    if (pseudo[id] !== undefined) return pseudo[id];
    const parameter = template.Parameters?.[id];
    if (parameter === undefined) return refOf(resourceOf(id), names[id] ?? nameOf(id), cloud);
    const value = parameters[id] ?? parameter.Default;
    if (value === undefined) throw new Error(`the parameter ${id} has no value`);
    return value;
  };
  const nameOf = (id: string): string => {
    const given = resourceOf(id).Properties ?? {};
    const property = Object.keys(given).find((key) =>
      /^(?:Bucket|Table|Function|StateMachine|LogGroup|Role|Queue|Topic|Cluster)Name$/.test(key),
    );
    return property === undefined ? id : String(resolve(given[property]));
  };
  const functions: Readonly<Record<string, (argument: never) => unknown>> = {
    Ref: ref,
    'Fn::GetAtt': ([id, attribute]: [string, string]) =>
      attributeOf(resourceOf(id), names[id] ?? nameOf(id), attribute, cloud),
    'Fn::Join': ([between, parts]: [string, unknown]) => (resolve(parts) as unknown[]).join(between),
    'Fn::Select': ([index, list]: [number | string, unknown]) => (resolve(list) as unknown[])[Number(index)],
    'Fn::Split': ([between, text]: [string, unknown]) => String(resolve(text)).split(between),
    'Fn::Sub': (text: string) => text.replace(/\$\{([^}!]+)\}/g, (_, id: string) => String(ref(id))),
    'Fn::If': ([name, then, otherwise]: [string, unknown, unknown]) => resolve(holds(name) ? then : otherwise),
    'Fn::Equals': ([left, right]: [unknown, unknown]) => String(resolve(left)) === String(resolve(right)),
    'Fn::Not': ([condition]: [unknown]) => resolve(condition) !== true,
    'Fn::And': (all: unknown[]) => all.every((one) => resolve(one) === true),
    'Fn::Or': (all: unknown[]) => all.some((one) => resolve(one) === true),
    Condition: (name: string) => holds(name),
  };
  const holds = (name: string): boolean => {
    const condition = template.Conditions?.[name];
    if (condition === undefined) throw new Error(`the template has no condition ${name}`);
    return resolve(condition) === true;
  };
  const resolve = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(resolve);
    if (typeof node !== 'object' || node === null) return node;
    const entries = Object.entries(node);
    const [name, argument] = entries[0] ?? [];
    // Policies have conditions of their own, which are objects.
    const isFunction =
      entries.length === 1 &&
      (name === 'Ref' || name?.startsWith('Fn::') || (name === 'Condition' && typeof argument === 'string'));
    if (!isFunction) return Object.fromEntries(entries.map(([key, value]) => [key, resolve(value)]));
    const known = functions[name!];
    if (known === undefined) throw new Error(`the function ${name} is not known here`);
    return known(argument as never);
  };
  return Object.fromEntries(
    Object.entries(template.Resources)
      .filter(([, { Condition }]) => Condition === undefined || holds(Condition))
      .map(([id, { Type, Properties = {} }]) => [
        id,
        lazily(
          Type,
          () => resolve(Properties) as Readonly<Record<string, unknown>>,
          () => names[id] ?? nameOf(id),
          () => String(ref(id)),
        ),
      ]),
  );
};

/** Only what is asked for is filled in: the rest may have what is not known here. */
const lazily = (
  type: string,
  properties: () => Readonly<Record<string, unknown>>,
  name: () => string,
  ref: () => string,
): ResolvedResource => {
  let made: Readonly<Record<string, unknown>> | undefined;
  return {
    type,
    get name() {
      return name();
    },
    get ref() {
      return ref();
    },
    get properties() {
      made ??= properties();
      return made;
    },
  };
};
