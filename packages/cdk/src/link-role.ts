import { Duration } from 'aws-cdk-lib';
import { ArnPrincipal, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { linkUses, objectStatements } from './permissions.ts';
import type { PipelineFunction } from './pipeline-function.ts';
import type { Places } from './places.ts';

/** Who has links signed, and to what. */
export interface LinkRoleProps {
  /** Assumes the role for each link. */
  readonly signers: readonly Pick<PipelineFunction, 'role' | 'allow'>[];
  /** Output and rejects can be read by a link, nothing else. */
  readonly places: Places;
  /** Encrypts their bucket. @default none */
  readonly key?: IKey | undefined;
}

/**
 * A role that signs presigned links and does nothing else. A link dies with the session that signed it; the end of an
 * assumed session is known, that of a function's own credentials is not. One role that assumes another has an hour at most:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
 */
export class LinkRole extends Construct {
  /** The role itself. */
  readonly role: Role;

  constructor(scope: Construct, id: string, { signers, places, key }: LinkRoleProps) {
    super(scope, id);
    const [first, ...others] = signers.map((signer) => new ArnPrincipal(signer.role.roleArn));
    this.role = new Role(this, 'Role', {
      assumedBy: first!,
      maxSessionDuration: Duration.hours(1),
      description: 'signs links to output and rejects',
    });
    for (const principal of others)
      this.role.assumeRolePolicy?.addStatements(
        new PolicyStatement({ actions: ['sts:AssumeRole'], principals: [principal] }),
      );
    for (const statement of objectStatements(linkUses, places, key, { tellsMissing: false }))
      this.role.addToPolicy(statement);
    for (const signer of signers) signer.allow({ actions: ['sts:AssumeRole'], resources: [this.role.roleArn] });
  }
}
