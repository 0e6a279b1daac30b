/** An error that the API answers with its name. */
export class ApiError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
  }
}

/** Makes an API error. */
export function apiError(code: string, message: string): ApiError {
  return new ApiError(code, message);
}
