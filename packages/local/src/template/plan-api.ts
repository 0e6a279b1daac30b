import type { HttpApiRoute } from '../http-api/index.ts';
import type { ResolvedResource } from './resolve-template.ts';
import type { PlannedApi } from './template-plan.ts';

const route = ({ properties }: ResolvedResource, integrations: ReadonlyMap<string, ResolvedResource>): HttpApiRoute => {
  const { RouteKey, Target, AuthorizationType = 'NONE' } = properties;
  const integration = integrations.get(String(Target).replace(/^integrations\//, ''));
  const { IntegrationUri, PayloadFormatVersion } = integration?.properties ?? {};
  const [method = '', path = ''] = String(RouteKey).split(' ');
  if (PayloadFormatVersion !== '1.0')
    throw new Error(
      `the route ${String(RouteKey)} has payload format ${String(PayloadFormatVersion)}; the local API has 1.0`,
    );
  if (AuthorizationType !== 'NONE' && AuthorizationType !== 'AWS_IAM')
    throw new Error(
      `the route ${String(RouteKey)} is authorised by ${String(AuthorizationType)}; the local API knows IAM`,
    );
  return {
    ...{ method, path, functionName: String(IntegrationUri) },
    authorizer: AuthorizationType === 'AWS_IAM' ? 'iam' : 'none',
  };
};

/** The HTTP API of a template. @throws Error for what the local API does not do, and for a second API */
export const planApi = (resources: Readonly<Record<string, ResolvedResource>>): PlannedApi | undefined => {
  const ofType = (type: string) => Object.values(resources).filter((resource) => resource.type === type);
  const [api, another] = ofType('AWS::ApiGatewayV2::Api');
  if (api === undefined) return undefined;
  if (another !== undefined) throw new Error('the template has several HTTP APIs; one is run here');
  const [stage] = ofType('AWS::ApiGatewayV2::Stage');
  const stageName = String(stage?.properties.StageName ?? '');
  if (!/^[\w-]+$/.test(stageName))
    throw new Error(`the stage of the HTTP API must have a name of letters and digits, got ${stageName || 'none'}`);
  const integrations = new Map(ofType('AWS::ApiGatewayV2::Integration').map((one) => [one.ref, one]));
  return {
    id: api.ref,
    stage: stageName,
    routes: ofType('AWS::ApiGatewayV2::Route').map((one) => route(one, integrations)),
  };
};
