/** A parameter of a template. */
export interface TemplateParameter {
  readonly Type?: string;
  readonly Default?: string | number;
  readonly AllowedPattern?: string;
  readonly AllowedValues?: readonly (string | number)[];
  readonly MinValue?: number;
  readonly MaxValue?: number;
  readonly MinLength?: number;
  readonly MaxLength?: number;
}

type Given = Readonly<Record<string, string | number>>;

/** What is wrong with a value, if anything is. */
const problemOf = (value: string | number, parameter: TemplateParameter): string | undefined => {
  const { Type, AllowedPattern, AllowedValues, MinValue, MaxValue, MinLength, MaxLength } = parameter;
  const text = String(value);
  if (AllowedValues !== undefined && !AllowedValues.map(String).includes(text))
    return `is one of ${AllowedValues.join(', ')}`;
  // CloudFormation anchors the pattern at both ends.
  if (AllowedPattern !== undefined && !new RegExp(`^(?:${AllowedPattern})$`).test(text))
    return `must match ${AllowedPattern}`;
  if (Type === 'Number') {
    const number = text.trim() === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(number)) return 'must be a number';
    if (MinValue !== undefined && number < MinValue) return `must be at least ${MinValue}`;
    if (MaxValue !== undefined && number > MaxValue) return `must be at most ${MaxValue}`;
    return undefined;
  }
  if (MinLength !== undefined && text.length < MinLength) return `must have at least ${MinLength} characters`;
  if (MaxLength !== undefined && text.length > MaxLength) return `must have at most ${MaxLength} characters`;
  return undefined;
};

/**
 * Refuses what CloudFormation would refuse before it makes anything.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
 *
 * @throws Error for a parameter that the template does not have, has no value for, or has another kind of value for
 */
export const checkParameters = (
  stackName: string,
  declared: Readonly<Record<string, TemplateParameter>>,
  given: Given,
): void => {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(declared, name));
  if (unknown !== undefined)
    throw new Error(
      `the stack ${stackName} has no parameter ${unknown}; it has ${Object.keys(declared).join(', ') || 'none'}`,
    );
  for (const [name, parameter] of Object.entries(declared)) {
    const value = given[name] ?? parameter.Default;
    if (value === undefined) throw new Error(`the parameter ${name} of the stack ${stackName} needs a value`);
    // What the parameter is named by an AWS type for, such as an SSM parameter, is looked up by CloudFormation alone.
    if (parameter.Type?.startsWith('AWS::') === true) continue;
    const problem = problemOf(value, parameter);
    if (problem !== undefined) throw new Error(`the parameter ${name} ${problem}, got ${JSON.stringify(value)}`);
  }
};
