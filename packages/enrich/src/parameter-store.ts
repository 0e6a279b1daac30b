import { GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { type HeadersOfSecret, headersOfSecret } from './headers-of-secret.ts';
import type { SecretOptions } from './secret-headers.ts';

/** Which parameter is got, by whom, and what is made of it. */
export interface ParameterOptions extends HeadersOfSecret {
  /** Its credentials need `ssm:GetParameter` on the parameter, and `kms:Decrypt` where the key is one's own. */
  readonly client: Pick<SSMClient, 'send'>;
  /** Name, with its path, or ARN; `:3` behind it is a version, `:prod` a label. */
  readonly name: string;
}

/**
 * Gets secret headers from the Parameter Store of AWS Systems Manager, decrypted, for `secretHeaders.load`: when they are needed
 * and once their time is up or the source refuses them.
 *
 * @throws from a call: PipelineConfigError `CONFIG_INVALID` for a parameter without text, or without the field; what the SDK throws
 * @example
 * const load = parameterHeaders({
 *   client: new SSMClient(),
 *   name: '/rates/api-key',
 *   headers: (key) => ({ authorization: `Bearer ${key}` }),
 * });
 */
export const parameterHeaders =
  ({ client, name, ...made }: ParameterOptions): SecretOptions['load'] =>
  async ({ signal }) => {
    const command = new GetParameterCommand({ Name: name, WithDecryption: true });
    const { Parameter } = await client.send(command, { abortSignal: signal });
    return headersOfSecret(Parameter?.Value, 'name', made);
  };
