import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type CfnStage, HttpApi, HttpMethod, HttpStage, PayloadFormatVersion } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { PipelineFunction } from './pipeline-function.ts';

/** What is looked up, and by what it is answered. */
export interface LookupApiProps {
  /** First part of the path: `GET /<name>/{<key>}`. */
  readonly name: string;
  /** The table's partition key, a text, which is the second part of the path. */
  readonly key: string;
  /** Answers the calls. It is told the table's name by `tableVariable`, and may get items. */
  readonly code: Code;
  /** Name of the variable. @default 'TABLE' */
  readonly tableVariable?: string;
  /** Leaves the table when the stack goes. */
  readonly retain: boolean;
  /** Takes events of asynchronous calls of the function that failed for good. */
  readonly deadLetters: IQueue;
  /** Calls a second, at most. @default 500 */
  readonly callsPerSecond?: number;
  /** How long log lines are kept. @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
}

/** A table of what rows are completed by, and an HTTP API in front of it for callers that sign with IAM. */
export class LookupApi extends Construct {
  /** What is looked up. */
  readonly table: Table;
  /** Where the API is called: `stage.url`. */
  readonly stage: HttpStage;
  /** Answers the calls. */
  readonly function: PipelineFunction;
  readonly #api: HttpApi;
  readonly #name: string;

  constructor(scope: Construct, id: string, props: LookupApiProps) {
    super(scope, id);
    const { name, key, code, tableVariable = 'TABLE', retain, deadLetters, callsPerSecond = 500 } = props;
    const retention = props.logRetention ?? RetentionDays.ONE_MONTH;
    this.#name = name;
    this.table = new Table(this, 'Table', {
      partitionKey: { name: key, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: retain ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
    const route = `/${name}/{${key}}`;
    this.function = new PipelineFunction(this, 'Get', {
      ...{ code, description: `GET ${route}`, timeoutSeconds: 10, deadLetters, logRetention: retention },
      environment: { [tableVariable]: this.table.tableName },
    });
    this.function.allow({ actions: ['dynamodb:GetItem'], resources: [this.table.tableArn] });
    this.#api = new HttpApi(this, 'Api', { createDefaultStage: false, defaultAuthorizer: new HttpIamAuthorizer() });
    this.#api.addRoutes({
      path: route,
      methods: [HttpMethod.GET],
      integration: new HttpLambdaIntegration('Get', this.function.function, {
        payloadFormatVersion: PayloadFormatVersion.VERSION_1_0,
      }),
    });
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.#api,
      stageName: 'Prod',
      autoDeploy: true,
      throttle: { rateLimit: callsPerSecond, burstLimit: callsPerSecond },
    });
    const log = new LogGroup(this, 'AccessLog', { retention, removalPolicy: RemovalPolicy.DESTROY });
    (this.stage.node.defaultChild as CfnStage).accessLogSettings = {
      destinationArn: log.logGroupArn,
      format: JSON.stringify({
        requestId: '$context.requestId',
        caller: '$context.identity.userArn',
        route: '$context.routeKey',
        status: '$context.status',
        latencyMs: '$context.responseLatency',
      }),
    };
  }

  /**
   * A statement that allows to look up by the API.
   *
   * @param keys - which keys, `?` standing for any character. @default '*'
   */
  callStatement(keys = '*'): PolicyStatement {
    const resource = Stack.of(this).formatArn({
      service: 'execute-api',
      resource: this.#api.apiId,
      resourceName: `${this.stage.stageName}/GET/${this.#name}/${keys}`,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    return new PolicyStatement({ actions: ['execute-api:Invoke'], resources: [resource] });
  }

  /** A statement that allows to look up straight in the table, by `dynamoDbLookup`. */
  readStatement(): PolicyStatement {
    return new PolicyStatement({ actions: ['dynamodb:BatchGetItem'], resources: [this.table.tableArn] });
  }

  /** Lets somebody fill the table. */
  grantFill(grantee: IGrantable): Grant {
    const actions = ['dynamodb:BatchWriteItem', 'dynamodb:PutItem'];
    return Grant.addToPrincipal({ grantee, actions, resourceArns: [this.table.tableArn] });
  }
}
