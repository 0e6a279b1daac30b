import type { WriteStream } from 'node:tty';

type Paint = (text: string) => string;

/** How a stream wants its text: with colours or without, in Unicode or in ASCII. */
export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly warn: Paint;
  readonly accent: Paint;
  readonly symbols: {
    readonly waiting: string;
    readonly running: string;
    readonly done: string;
    readonly failed: string;
    readonly full: string;
    readonly active: string;
    readonly empty: string;
  };
}

const ascii: Style['symbols'] = {
  waiting: '.',
  running: '>',
  done: '+',
  failed: 'x',
  full: '#',
  active: '=',
  empty: '-',
};
const unicode: Style['symbols'] = {
  waiting: '·',
  running: '●',
  done: '✓',
  failed: '✗',
  full: '█',
  active: '▒',
  empty: '░',
};

const paint =
  (open: number, close: number): Paint =>
  (text) =>
    text === '' ? '' : `\u001b[${open}m${text}\u001b[${close}m`;
const plain: Paint = (text) => text;

/**
 * A style with or without colour.
 *
 * @example
 * createStyle({ color: false }).good('done'); // 'done'
 */
export const createStyle = ({
  color,
  symbols = 'unicode',
}: {
  readonly color: boolean;
  readonly symbols?: 'unicode' | 'ascii';
}): Style => ({
  bold: color ? paint(1, 22) : plain,
  dim: color ? paint(2, 22) : plain,
  good: color ? paint(32, 39) : plain,
  bad: color ? paint(31, 39) : plain,
  warn: color ? paint(33, 39) : plain,
  accent: color ? paint(36, 39) : plain,
  symbols: symbols === 'ascii' ? ascii : unicode,
});

/** Whether the stream is a terminal on which lines can be drawn again. */
export const canRedraw = (stream: NodeJS.WritableStream, environment: NodeJS.ProcessEnv = process.env): boolean =>
  (stream as WriteStream).isTTY === true && environment.TERM !== 'dumb';

/**
 * The style that fits a stream: `NO_COLOR` and `FORCE_COLOR` are honoured, a Linux console has few symbols.
 * https://no-color.org, https://force-color.org
 *
 * @example
 * const style = styleOf(process.stdout);
 * console.log(style.bold('Results'));
 */
export const styleOf = (stream: NodeJS.WritableStream, environment: NodeJS.ProcessEnv = process.env): Style => {
  const terminal = stream as WriteStream;
  const colors = terminal.isTTY === true && terminal.hasColors(environment);
  const forced = environment.FORCE_COLOR !== undefined && !['', '0', 'false'].includes(environment.FORCE_COLOR);
  const refused = environment.NO_COLOR !== undefined && environment.NO_COLOR !== '';
  return createStyle({
    color: !refused && (colors || forced) && environment.TERM !== 'dumb',
    symbols: terminal.isTTY === true && ['linux', 'dumb'].includes(environment.TERM ?? '') ? 'ascii' : 'unicode',
  });
};
