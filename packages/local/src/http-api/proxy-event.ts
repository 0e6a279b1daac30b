/** What a proxy event is made of. */
export interface ProxyRequest {
  readonly resource: string;
  readonly method: string;
  /** Without the stage. */
  readonly path: string;
  /** Names as the client wrote them, in order. */
  readonly headers: readonly (readonly [string, string])[];
  readonly query: URLSearchParams;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly stage: string;
  readonly requestId: string;
  readonly accountId: string;
  readonly sourceIp: string;
  readonly now: Date;
  /** Set when the caller was verified. */
  readonly accessKeyId?: string;
}

type Pairs = readonly (readonly [string, string])[];

const orNull = <T extends object>(values: T): T | null => (Object.keys(values).length === 0 ? null : values);

const multi = (pairs: Pairs): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(Object.groupBy(pairs, ([name]) => name)).map(([name, group]) => [
      name,
      group!.map(([, value]) => value),
    ]),
  );

/** `09/Apr/2015:12:34:56 +0000` */
const requestTime = (date: Date): string => {
  const [, day, month, year, time] = date.toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
};

const identity = ({ accessKeyId, accountId, sourceIp, headers }: ProxyRequest): object => {
  const verified = accessKeyId !== undefined;
  return {
    accessKey: accessKeyId ?? null,
    accountId: verified ? accountId : null,
    caller: accessKeyId ?? null,
    cognitoAuthenticationProvider: null,
    cognitoAuthenticationType: null,
    cognitoIdentityId: null,
    cognitoIdentityPoolId: null,
    principalOrgId: null,
    sourceIp,
    user: accessKeyId ?? null,
    userAgent: headers.find(([name]) => name.toLowerCase() === 'user-agent')?.[1] ?? null,
    userArn: verified ? `arn:aws:iam::${accountId}:user/local` : null,
  };
};

/**
 * The event of a REST API's Lambda proxy integration (payload format 1.0).
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export const proxyEvent = (request: ProxyRequest): object => {
  const { resource, method, path, headers, query, pathParameters, body, stage, requestId, accountId, now } = request;
  const queryPairs = [...query];
  return {
    resource,
    path,
    httpMethod: method,
    headers: orNull(Object.fromEntries(headers)),
    multiValueHeaders: orNull(multi(headers)),
    queryStringParameters: orNull(Object.fromEntries(queryPairs)),
    multiValueQueryStringParameters: orNull(multi(queryPairs)),
    pathParameters: orNull({ ...pathParameters }),
    stageVariables: null,
    requestContext: {
      accountId,
      apiId: 'local',
      domainName: 'localhost',
      domainPrefix: 'localhost',
      extendedRequestId: requestId,
      httpMethod: method,
      identity: identity(request),
      path: `/${stage}${path}`,
      protocol: 'HTTP/1.1',
      requestId,
      requestTime: requestTime(now),
      requestTimeEpoch: now.getTime(),
      resourceId: 'local',
      resourcePath: resource,
      stage,
    },
    body: body.length === 0 ? null : Buffer.from(body).toString('utf8'),
    isBase64Encoded: false,
  };
};
