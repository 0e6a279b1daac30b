/** A function's answer, ready to be written. */
export interface ProxyResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string | string[]>;
  readonly body: Uint8Array;
}

const FIELDS = new Set(['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded']);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const toHeaders = (single: unknown, multiple: unknown): Record<string, string | string[]> | undefined => {
  const headers: Record<string, string | string[]> = { 'Content-Type': 'application/json' };
  const set = (name: string, value: string | string[]): void => {
    for (const known of Object.keys(headers)) if (known.toLowerCase() === name.toLowerCase()) delete headers[known];
    headers[name] = value;
  };
  for (const group of [single ?? {}, multiple ?? {}]) {
    if (!isRecord(group)) return undefined;
    for (const [name, value] of Object.entries(group)) {
      const values = Array.isArray(value) ? value : [value];
      if (!values.every((each) => ['string', 'number', 'boolean'].includes(typeof each))) return undefined;
      set(name, Array.isArray(value) ? values.map(String) : String(value));
    }
  }
  return headers;
};

/**
 * Reads what a proxy function returned; `undefined` when API Gateway would call it malformed: anything but an object, a
 * field it does not know, a status that is no number from 200 to 599, a body that is no string.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format
 */
export const parseProxyResponse = (payload: string): ProxyResponse | undefined => {
  const value: unknown = JSON.parse(payload);
  if (!isRecord(value) || !Object.keys(value).every((field) => FIELDS.has(field))) return undefined;
  const statusCode = Number(value.statusCode);
  if (!Number.isInteger(statusCode) || statusCode < 200 || statusCode > 599) return undefined;
  const body = value.body ?? '';
  if (typeof body !== 'string') return undefined;
  const headers = toHeaders(value.headers, value.multiValueHeaders);
  if (headers === undefined) return undefined;
  return { statusCode, headers, body: Buffer.from(body, value.isBase64Encoded === true ? 'base64' : 'utf8') };
};
