import type { ImageAsset } from './read-assembly.ts';
import type { ResolvedResource } from './resolve-template.ts';
import type { PlannedTask } from './template-plan.ts';

interface Container {
  readonly Name: string;
  readonly Image: string;
  readonly Environment?: readonly { readonly Name: string; readonly Value: string }[];
  readonly Secrets?: readonly { readonly Name: string; readonly ValueFrom: string }[];
  readonly StopTimeout?: number;
}

/** The task definitions of a template; secrets that are parameters of the same template are filled in. */
export const planTasks = (
  resources: Readonly<Record<string, ResolvedResource>>,
  images: ReadonlyMap<string, ImageAsset>,
  environment: Readonly<Record<string, string>>,
): readonly PlannedTask[] => {
  const parameters = new Map(
    Object.values(resources)
      .filter(({ type }) => type === 'AWS::SSM::Parameter')
      .map(({ name, properties }) => [name, String(properties.Value)]),
  );
  const secret = (family: string, from: string): string => {
    const value = parameters.get(from.split(':parameter/').at(-1)!);
    if (value === undefined) throw new Error(`the secret ${from} of the task ${family} is not in the template`);
    return value;
  };
  return Object.values(resources)
    .filter(({ type }) => type === 'AWS::ECS::TaskDefinition')
    .map(({ properties }) => {
      const family = String(properties.Family);
      const [container, another] = properties.ContainerDefinitions as readonly Container[];
      if (container === undefined || another !== undefined)
        throw new Error(`the task ${family} must have one container to be run here`);
      const { Name, Image, Environment = [], Secrets = [], StopTimeout } = container;
      const asset = images.get(Image.split(':').at(-1)!);
      return {
        family,
        container: Name,
        image: asset?.buildArgs.ENTRY ?? Image,
        environment: {
          ...Object.fromEntries(Environment.map(({ Name: key, Value }) => [key, Value])),
          ...Object.fromEntries(Secrets.map(({ Name: key, ValueFrom }) => [key, secret(family, ValueFrom)])),
          ...environment,
        },
        taskRoleArn: String(properties.TaskRoleArn),
        roleArns: [properties.TaskRoleArn, properties.ExecutionRoleArn].filter((arn) => arn !== undefined).map(String),
        ...(StopTimeout === undefined ? {} : { stopTimeoutSeconds: StopTimeout }),
      };
    });
};
