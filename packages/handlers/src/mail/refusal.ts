const neverConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/**
 * Whether the service surely did not take the mail: it answered with a refusal, or was never reached. No answer proves
 * nothing.
 */
export const surelyRefused = (error: unknown): boolean => {
  const { $metadata, code } = error as { $metadata?: { httpStatusCode?: number }; code?: string };
  return $metadata?.httpStatusCode !== undefined || neverConnected.has(code ?? '');
};
