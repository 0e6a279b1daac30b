const neverConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/** Statuses that say that nothing was done: the request was wrong or not allowed, came too often, or found nobody to serve it. */
const isRefusal = (status: number): boolean => (status >= 400 && status < 500) || status === 503;

/**
 * Whether the service surely did not take the mail: it answered with a refusal, or was never reached. No answer proves
 * nothing, neither does one that breaks off, nor a failure inside the service, which may come after the mail was taken.
 */
export const surelyRefused = (error: unknown): boolean => {
  const { $metadata, code } = error as { $metadata?: { httpStatusCode?: number }; code?: string };
  const status = $metadata?.httpStatusCode;
  return status === undefined ? neverConnected.has(code ?? '') : isRefusal(status);
};
