import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EmailIdentity, Identity } from 'aws-cdk-lib/aws-ses';
import { Construct } from 'constructs';

/** Under which verified identity mails are sent. */
export interface MailSenderProps {
  /** Address or domain that SES knows as verified. */
  readonly identity: string;
  /** The address in From; of the identity. */
  readonly sender: string;
  /**
   * Addresses that the account has verified as well. In SES's sandbox these are the only ones that get mail, and sending
   * has to be allowed on them, too. @default []
   */
  readonly verifiedRecipients?: readonly string[];
  /**
   * Makes the identity: SES asks the owner of an address by a mail, and that of a domain by the records
   * `emailIdentity.dkimRecords`. It stays when it or the stack goes, since others may send under it by then.
   * @default 'none': it is there
   */
  readonly createIdentity?: 'none' | 'address' | 'domain';
}

/** The SES identity of a pipeline, and the permission to send under it. */
export class MailSender extends Construct {
  /** ARN of the identity. */
  readonly identityArn: string;
  /** The identity, where it was made here. */
  readonly emailIdentity: EmailIdentity | undefined;
  readonly #props: MailSenderProps;

  constructor(scope: Construct, id: string, props: MailSenderProps) {
    super(scope, id);
    this.#props = props;
    this.identityArn = this.#arnOf(props.identity);
    const { createIdentity = 'none', identity } = props;
    this.emailIdentity =
      createIdentity === 'none'
        ? undefined
        : new EmailIdentity(this, 'Identity', {
            identity: createIdentity === 'address' ? Identity.email(identity) : Identity.domain(identity),
          });
    this.emailIdentity?.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  }

  /** A statement that allows to send from the sender under the identity, and nothing else. */
  statement(): PolicyStatement {
    const { sender, verifiedRecipients = [] } = this.#props;
    return new PolicyStatement({
      actions: ['ses:SendEmail'],
      resources: [this.identityArn, ...verifiedRecipients.map((address) => this.#arnOf(address))],
      conditions: { StringEquals: { 'ses:FromAddress': sender } },
    });
  }

  #arnOf(identity: string): string {
    return Stack.of(this).formatArn({
      service: 'ses',
      resource: 'identity',
      resourceName: identity,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
  }
}
