import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type HeadersOfSecret, headersOfSecret } from './headers-of-secret.ts';
import type { SecretOptions } from './secret-headers.ts';

/** Which secret is got, by whom, and what is made of it. */
export interface SecretsManagerOptions extends HeadersOfSecret {
  /** Its credentials need `secretsmanager:GetSecretValue` on the secret, and `kms:Decrypt` where the key is one's own. */
  readonly client: Pick<SecretsManagerClient, 'send'>;
  /** Name or ARN. */
  readonly secretId: string;
}

/**
 * Gets secret headers from AWS Secrets Manager, for `secretHeaders.load`: the current version of a secret, when it is needed and
 * once its time is up or the source refuses it.
 *
 * @throws from a call: PipelineConfigError `CONFIG_INVALID` for a secret without text, or without the field; what the SDK throws
 * @example
 * const rates = httpLookup({
 *   name: 'rates',
 *   url: 'https://rates.example.com/v1/{key}',
 *   secretHeaders: {
 *     load: secretsManagerHeaders({
 *       client: new SecretsManagerClient(),
 *       secretId: 'rates/api',
 *       field: 'key',
 *       headers: (key) => ({ 'x-api-key': key }),
 *     }),
 *   },
 * });
 */
export const secretsManagerHeaders =
  ({ client, secretId, ...made }: SecretsManagerOptions): SecretOptions['load'] =>
  async ({ signal }) => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }), {
      abortSignal: signal,
    });
    return headersOfSecret(SecretString, 'secretId', made);
  };
