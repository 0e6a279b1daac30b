import { RemovalPolicy } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  type ISecurityGroup,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Cluster, ContainerInsights } from 'aws-cdk-lib/aws-ecs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** Where container tasks run. */
export interface TaskNetworkProps {
  /** A network that is there. @default a new one of two public subnets, without NAT, with ways of its own to S3 and DynamoDB */
  readonly vpc?: IVpc;
  /**
   * Its subnets that tasks start in. They have to reach S3, DynamoDB, Step Functions, Systems Manager, CloudWatch Logs, the image's
   * registry (ECR: `ecr.api` and `ecr.dkr`), EventBridge where events are published, and what the stage asks; a coordinator reaches
   * SES, STS and SQS besides. A subnet without a way out needs an endpoint of each.
   * @default private ones with a way out, where there are any
   */
  readonly subnets?: SubnetSelection;
  /** How long measurements of tasks are kept, and the new network's log of refused packets. @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
}

/** A cluster, and subnets in which tasks may call out by HTTPS and nobody may call them. */
export class TaskNetwork extends Construct {
  /** The network itself. */
  readonly vpc: IVpc;
  /** Where tasks are counted. */
  readonly cluster: Cluster;
  /** What tasks may reach: port 443. Add what else a stage asks. */
  readonly securityGroup: ISecurityGroup;
  /** Subnets of the tasks. */
  readonly subnetIds: readonly string[];
  /** Tasks in public subnets have no other way to S3 than an address of their own. */
  readonly assignPublicIp: 'ENABLED' | 'DISABLED';

  constructor(scope: Construct, id: string, props: TaskNetworkProps = {}) {
    super(scope, id);
    this.vpc = props.vpc ?? (this.#newVpc(props.logRetention ?? RetentionDays.ONE_MONTH) as IVpc);
    const { subnetIds, hasPublic } = this.vpc.selectSubnets(props.subnets);
    this.subnetIds = subnetIds;
    this.assignPublicIp = hasPublic ? 'ENABLED' : 'DISABLED';
    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: this.vpc,
      description: 'tasks of the pipeline: HTTPS to the outside, nothing from there',
      allowAllOutbound: false,
    });
    this.securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'HTTPS');
    this.cluster = new Cluster(this, 'Cluster', { vpc: this.vpc, containerInsightsV2: ContainerInsights.ENABLED });
    // Container Insights would make it by itself, without an end to its lines and beyond the end of the stack.
    new LogGroup(this, 'Insights', {
      logGroupName: `/aws/ecs/containerinsights/${this.cluster.clusterName}/performance`,
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  #newVpc(retention: RetentionDays): Vpc {
    const logGroup = new LogGroup(this, 'Log', { retention, removalPolicy: RemovalPolicy.DESTROY });
    return new Vpc(this, 'Vpc', {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'Tasks', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false }],
      gatewayEndpoints: {
        S3: { service: GatewayVpcEndpointAwsService.S3 },
        DynamoDB: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      },
      flowLogs: {
        Refused: {
          destination: FlowLogDestination.toCloudWatchLogs(logGroup),
          trafficType: FlowLogTrafficType.REJECT,
        },
      },
    });
  }
}
