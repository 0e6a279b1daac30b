import { Policy, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

/** The permission to write traces, once for many functions: X-Ray knows no resources, so it is the same for each. */
export class Traces extends Construct {
  readonly #policy: Policy;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.#policy = new Policy(this, 'Policy', {
      statements: [
        new PolicyStatement({
          actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
          resources: ['*'],
        }),
      ],
    });
  }

  /** Traces a function, by the role it has. */
  trace(fn: LambdaFunction, role: Role): void {
    this.#policy.attachToRole(role);
    const resource = fn.node.defaultChild as CfnFunction;
    resource.tracingConfig = { mode: 'Active' };
    // Lambda refuses a function that is to be traced by a role that may not.
    resource.node.addDependency(this.#policy);
  }
}
