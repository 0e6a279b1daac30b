import type { DataFile } from './data.ts';
import type { ShapeName } from './shapes.ts';
import type { Answer } from './work.ts';

/** One way to do the work. The first of a race is ours; all ratios are to it. */
export interface Contender {
  readonly name: string;
  /** File in `peers/`, or the URL of one elsewhere, and the work in it. */
  readonly peer: string;
  readonly work: string;
  /** A smaller cut of the same data, for those who would take minutes. @default the race's size */
  readonly cutBytes?: number;
  /** A program that must be on the PATH; without it the contender is skipped. */
  readonly program?: string;
  /** Another truth than the race's, for floors that do less. */
  readonly truth?: (file: DataFile) => Partial<Answer>;
}

/** Contenders for one work on one file. */
export interface Race {
  readonly title: string;
  readonly shape: ShapeName;
  readonly bytes: number;
  readonly contenders: readonly Contender[];
  /** What the answer must be. */
  readonly truth: (file: DataFile) => Partial<Answer>;
  /** Looks at what was written, outside the measured time. */
  readonly check?: (out: string, file: DataFile) => Partial<Answer> | Promise<Partial<Answer>>;
  /** Never measure several times in a row to fill the clock: for work that leaves files. @default false */
  readonly once?: boolean;
  /** Of the S3 server. @default none */
  readonly endpoint?: string;
}

/** How one contender did. */
export interface Measurement {
  readonly contender: Contender;
  readonly file: DataFile;
  /** Bytes a second, by round. */
  readonly speeds: readonly number[];
  /** Above an empty process; of a program as it is. */
  readonly peakBytes: number;
  readonly answer: Answer;
}

export interface Result {
  readonly name: string;
  /** The file was smaller than the race's. */
  readonly cutBytes?: number;
  readonly bytesPerSecond: number;
  readonly rowsPerSecond: number;
  readonly peakBytes: number;
  /** Ours over theirs, median of the rounds; NaN for our own, and where ours failed or is wrong. */
  readonly ratio: number;
  readonly answer: Answer;
  /** Where the answer is not the truth. */
  readonly wrong?: string;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

const shown = (value: unknown): string =>
  typeof value === 'number' ? Math.round(value).toLocaleString('en-US') : String(value);

const wrongIn = (race: Race, { contender, file, answer }: Measurement): string | undefined => {
  const truth = Object.entries((contender.truth ?? race.truth)(file));
  const found = (name: string): unknown => answer[name as keyof Answer];
  const wrong = truth.filter(([name, value]) => found(name) !== value);
  return wrong.length === 0
    ? undefined
    : wrong.map(([name, value]) => `${shown(found(name))} ${name} of ${shown(value)}`).join(', ');
};

/** Medians and ratios of a race. */
export const resultsOf = (race: Race, measured: readonly Measurement[]): readonly Result[] => {
  const ours = measured.find(({ contender }) => contender === race.contenders[0]);
  const usable = ours !== undefined && wrongIn(race, ours) === undefined ? ours : undefined;
  return measured.map((one) => {
    const { contender, file, speeds, answer } = one;
    const bytesPerSecond = median(speeds);
    const wrong = wrongIn(race, one);
    const ratios = usable?.speeds.map((speed, round) => speed / speeds[round]!);
    return {
      name: contender.name,
      ...(file.bytes < 0.9 * race.bytes ? { cutBytes: file.bytes } : {}),
      bytesPerSecond,
      rowsPerSecond: (bytesPerSecond / file.bytes) * file.rows,
      peakBytes: answer.peakBytes ?? one.peakBytes,
      ratio: ratios === undefined || one === ours ? Number.NaN : median(ratios),
      answer,
      ...(wrong === undefined ? {} : { wrong }),
    };
  });
};
