/** One function as it would be deployed: an entry file, its limits and its environment. */
export interface FunctionConfig {
  /** Letters, digits, `-` and `_`, at most 64. */
  readonly name: string;
  /** Absolute path of a TypeScript or JavaScript module. */
  readonly entry: string;
  /** The entry is a finished bundle, one file that is run as it is. @default false: it is bundled */
  readonly bundled?: boolean;
  /** Name of the exported handler. @default 'handler' */
  readonly handler?: string;
  /** Limit of one invocation, in milliseconds. @default 900_000, which is also the most Lambda gives */
  readonly timeoutMs?: number;
  /** Memory of the whole process in MiB. @default 512 */
  readonly memoryMb?: number;
  /** Variables beside those that Lambda sets. @default {} */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * The most invocations at a time; one more is throttled, as on AWS. Without it invocations wait for a free process.
   * @default not limited
   */
  readonly reservedConcurrency?: number;
}

/** One synchronous invocation. */
export interface InvokeRequest {
  /** Name, partial ARN or ARN. */
  readonly functionName: string;
  /** JSON text, at most 6 MiB. */
  readonly payload: string;
  /** Kills the process that works on the invocation; `invoke` rejects with the signal's reason once it is gone. */
  readonly signal?: AbortSignal;
  /** What to do when `reservedConcurrency` is used up. @default 'reject' */
  readonly onThrottle?: 'reject' | 'wait';
  /** JSON text that the handler finds in `context.clientContext`. */
  readonly clientContext?: string;
}

/** What a function answered; a function that failed is an answer, not an exception. */
export interface InvokeResponse {
  /** JSON text: the handler's result, or `{ errorType, errorMessage, trace? }`. */
  readonly payload: string;
  readonly functionError?: 'Unhandled' | 'Handled';
  /** The last 4 KiB of the invocation's log, with its START, END and REPORT lines. */
  readonly logs?: string;
  readonly requestId: string;
}

/** One line of a function's log. */
export interface LogLine {
  readonly functionName: string;
  /** Absent for lines written while no invocation runs. */
  readonly requestId?: string;
  /** Without its newline. */
  readonly line: string;
}

/** What happened to one function since it was registered. */
export interface FunctionStats {
  readonly invocations: number;
  /** Invocations that ended with a function error. */
  readonly errors: number;
  readonly throttles: number;
  readonly coldStarts: number;
  /** Processes alive now. */
  readonly processes: number;
  /** Highest resident memory of one process; `undefined` where the system has no `/proc`. */
  readonly peakRssBytes: number | undefined;
  readonly bundleMs: number;
  readonly bundleBytes: number;
}

export interface StartLambdaOptions {
  /** @default 0, any free port */
  readonly port?: number;
  /** @default 'us-east-1' */
  readonly region?: string;
  /** @default '000000000000' */
  readonly accountId?: string;
  /** Called for every log line of every function. */
  readonly onLog?: (line: LogLine) => void;
  /** Where bundles and the functions' temporary files go, in a folder of their own. @default the system's temporary folder */
  readonly workDir?: string;
  /** Function processes alive at a time on this machine. @default 6 */
  readonly maxProcesses?: number;
  /** Processes of one function without `reservedConcurrency`. @default 4 */
  readonly maxProcessesPerFunction?: number;
  /** Told of an asynchronous invocation that failed each time, as a dead-letter queue would be. @default nobody */
  readonly onGivenUp?: (given: {
    readonly functionName: string;
    readonly payload: string;
    readonly reason: string;
  }) => void;
  /** Waits before the two further attempts of a failed asynchronous invocation; AWS waits one and two minutes. @default [200, 400] */
  readonly eventRetryDelaysMs?: readonly number[];
}

/** A running Lambda stand-in. */
export interface LocalLambda {
  /** For `@aws-sdk/client-lambda` and `aws --endpoint-url`. */
  readonly endpoint: string;
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** Bundles the function and makes it invocable; a function of the same name is replaced. */
  register(config: FunctionConfig): Promise<void>;
  /** Forgets the function and stops its idle processes; running invocations end normally. */
  unregister(functionName: string): void;
  /** ARN of a function of this stand-in, registered or not. */
  functionArn(functionName: string): string;
  /**
   * Invokes and waits.
   * @throws LambdaServiceError where the service itself refuses: unknown function, throttled, payload too large or not JSON.
   */
  invoke(request: InvokeRequest): Promise<InvokeResponse>;
  /** Per function, by name. */
  stats(): Readonly<Record<string, FunctionStats>>;
  /** Stops every process and server and removes the working folder. */
  close(): Promise<void>;
}
