import { PipelineConfigError } from '@pipeline/core';
import type { Parameters } from './parameters.ts';

/**
 * ARN of the SES identity that sends (parameter SESIdentityName): an address or a domain that the sender belongs to, in the
 * account and region of the state machine. The functions' role may send under this identity only.
 *
 * @throws PipelineConfigError when the sender is not of the identity
 */
export const identityArn = ({ identity, sender, stateMachineArn, region }: Parameters): string => {
  const address = sender.toLowerCase();
  const name = identity.toLowerCase();
  const belongs =
    address === name || address.endsWith(`@${name}`) || (!name.includes('@') && address.endsWith(`.${name}`));
  if (name === '' || !belongs)
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'SESSender',
      expected: `an address of the identity ${JSON.stringify(identity)} (SESIdentityName)`,
      got: JSON.stringify(sender),
    });
  const [, partition = 'aws', , , account = ''] = stateMachineArn.split(':');
  return `arn:${partition}:ses:${region}:${account}:identity/${identity}`;
};
