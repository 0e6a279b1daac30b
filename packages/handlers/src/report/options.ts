/** Where a reader of the page can fetch a file. */
export interface PageLink {
  /** An https, http or relative URL. */
  readonly url: string;
  /** When it stops working, milliseconds since the epoch. @default never */
  readonly expiresAt?: number;
}

/** What the page looks like and shows. */
export interface RenderReportOptions {
  /** Shows no row content at all: no examples, no most frequent, smallest or largest values, no shapes, no histograms. @default false */
  readonly redact?: boolean;
  /** Links to the files. @default their s3:// names as text */
  readonly links?: {
    readonly output?: PageLink;
    readonly rejects?: PageLink;
    readonly report?: PageLink;
  };
  /** Whose page it is. @default none */
  readonly brand?: {
    /** Stands above the title. */
    readonly name?: string;
    /** `#rrggbb` of links and bars, in light and in dark. @default '#0b5cad' and '#7ab7ff' */
    readonly color?: { readonly light: string; readonly dark: string };
  };
  /** Memory of a function in megabytes, for the estimate of cost, from 128 to 10,240. @default 1024 */
  readonly memoryMb?: number;
  /** What the estimate of cost counts with. @default listPrices */
  readonly prices?: Prices;
}

/** Prices in US dollars. */
export interface Prices {
  /** What they are and of when; stands on the page. */
  readonly source: string;
  readonly perGbSecond: number;
  readonly perInvocation: number;
  readonly perTransition: number;
  readonly perPut: number;
  readonly perGet: number;
}

/**
 * List prices of us-east-1 on x86 in the first tier, without free tiers, as known in November 2026.
 * https://aws.amazon.com/lambda/pricing/ https://aws.amazon.com/step-functions/pricing/ https://aws.amazon.com/s3/pricing/
 */
export const listPrices: Prices = {
  source: 'AWS list prices for us-east-1 (x86) as known in November 2026, without free tiers',
  perGbSecond: 0.0000166667,
  perInvocation: 0.0000002,
  perTransition: 0.000025,
  perPut: 0.000005,
  perGet: 0.0000004,
};
