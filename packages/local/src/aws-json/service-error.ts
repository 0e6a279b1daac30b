/** An error that a service answers with its name. */
export class ServiceError extends Error {
  /** As it stands in `__type`. */
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  /** Name in the older query protocol, which some SDKs still go by; `undefined` where it is the same. */
  readonly queryCode: string | undefined;

  constructor(
    code: string,
    message: string,
    { status = 400, queryCode }: { status?: number; queryCode?: string } = {},
  ) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.queryCode = queryCode;
  }
}
