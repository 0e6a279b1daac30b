import { type Bundler, type DeadLetters, PipelineFunction } from '@pipeline/cdk';
import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type CfnStage, HttpApi, HttpMethod, HttpStage, PayloadFormatVersion } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** The table of financial data and the API in front of it, `GET /financials/{uuid}`, for callers that sign with IAM. */
export class FinancialsApi extends Construct {
  readonly table: Table;
  readonly stage: HttpStage;
  readonly function: PipelineFunction;
  readonly #api: HttpApi;

  constructor(scope: Construct, id: string, { bundler, entry, retain, deadLetters }: FinancialsApiProps) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'uuid', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: retain ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
    const logs = { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY };
    this.function = new PipelineFunction(this, 'Get', {
      code: bundler({ financials: entry }).financials!,
      description: 'GET /financials/{uuid}',
      timeoutSeconds: 10,
      environment: { FINANCIALS_TABLE: this.table.tableName },
      deadLetters: deadLetters.queue,
      logRetention: logs.retention,
    });
    this.function.allow({ actions: ['dynamodb:GetItem'], resources: [this.table.tableArn] });
    this.#api = new HttpApi(this, 'Api', { createDefaultStage: false, defaultAuthorizer: new HttpIamAuthorizer() });
    this.#api.addRoutes({
      path: '/financials/{uuid}',
      methods: [HttpMethod.GET],
      integration: new HttpLambdaIntegration('Get', this.function.function, {
        payloadFormatVersion: PayloadFormatVersion.VERSION_1_0,
      }),
    });
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.#api,
      stageName: 'Prod',
      autoDeploy: true,
      throttle: { rateLimit: 500, burstLimit: 500 },
    });
    (this.stage.node.defaultChild as CfnStage).accessLogSettings = {
      destinationArn: new LogGroup(this, 'AccessLog', logs).logGroupArn,
      format: JSON.stringify({
        requestId: '$context.requestId',
        caller: '$context.identity.userArn',
        route: '$context.routeKey',
        status: '$context.status',
        latencyMs: '$context.responseLatency',
      }),
    };
  }

  /** Allows look-ups by the API. A uuid has nine characters, and the grant ends there. */
  lookups(): PolicyStatement {
    const resource = Stack.of(this).formatArn({
      service: 'execute-api',
      resource: this.#api.apiId,
      resourceName: `${this.stage.stageName}/GET/financials/?????????`,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    return new PolicyStatement({ actions: ['execute-api:Invoke'], resources: [resource] });
  }

  /** Allows look-ups straight from the table. */
  reads(): PolicyStatement {
    return new PolicyStatement({
      actions: ['dynamodb:BatchGetItem'],
      resources: [this.table.tableArn],
    });
  }
}

export interface FinancialsApiProps {
  /** Bundles the function. */
  readonly bundler: Bundler;
  /** Module of the function behind the API. */
  readonly entry: string;
  /** Keeps the table when the stack goes. */
  readonly retain: boolean;
  readonly deadLetters: DeadLetters;
}
