/**
 * How many requests may wait for an answer at a time, told by what became of those before: additive increase,
 * multiplicative decrease (Chiu and Jain, 1989, https://doi.org/10.1016/0169-7552(89)90019-6).
 */
export interface RequestPace {
  /** It grows up to here. */
  readonly most: number;
  /** Requests at a time, from 1; what is behind the point is on its way to the next. */
  readonly limit: number;
  /** Number of the first request that began under this limit. Older ones say nothing about it. */
  readonly since: number;
}

/** As fast as allowed, until something is refused. */
export const fullPace = (most: number): RequestPace => ({ most, limit: most, since: 0 });

/** After a request that was answered: a whole request more when as many were answered as may wait at a time. */
export const faster = (pace: RequestPace): RequestPace =>
  pace.limit >= pace.most ? pace : { ...pace, limit: Math.min(pace.most, pace.limit + 1 / pace.limit) };

/**
 * After a request that was refused as one too many, or was not answered at all: half as many as there were. Once for all that
 * were under way together.
 *
 * @param request - number of the request
 * @param unanswered - how many were under way when it was refused, itself included
 * @param next - number of the request that begins next
 */
export const slower = (pace: RequestPace, request: number, unanswered: number, next: number): RequestPace =>
  request < pace.since
    ? pace
    : { ...pace, limit: Math.max(1, Math.floor(Math.min(pace.limit, unanswered) / 2)), since: next };
