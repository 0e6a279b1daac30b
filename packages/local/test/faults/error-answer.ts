import type { Service } from './call-name.ts';

const s3Errors = { '500': 'InternalError', '503': 'SlowDown' } as const;
const jsonErrors = { '500': 'InternalServerError', '503': 'ServiceUnavailable' } as const;

/** How a service says that it failed, or that it is asked too much. */
export const errorAnswer = (service: Service, status: '500' | '503') => {
  const [type, text] =
    service === 's3'
      ? ['application/xml', `<Error><Code>${s3Errors[status]}</Code><Message>Please try again.</Message></Error>`]
      : ['application/x-amz-json-1.0', JSON.stringify({ __type: jsonErrors[status], message: 'Please try again.' })];
  const body = Buffer.from(text);
  const headers = {
    'content-type': type,
    'content-length': String(body.length),
    'x-amzn-errortype': jsonErrors[status],
  };
  return { status: Number(status), headers, body };
};
