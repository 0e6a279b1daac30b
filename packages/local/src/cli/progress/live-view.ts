import type { WriteStream } from 'node:tty';
import { plainLines } from './plain-steps.ts';
import { renderSteps } from './render-steps.ts';
import type { Step } from './step.ts';
import { canRedraw, styleOf } from './style.ts';

/** Shows steps as they go on. */
export interface ProgressView {
  /** Takes the place of what was shown before. */
  show(steps: readonly Step[]): void;
  /** Leaves what was shown last and gives the terminal back. */
  end(): void;
}

/** Where progress is shown. */
export interface ProgressViewOptions {
  /** A terminal, or anything that takes lines. @default process.stderr */
  readonly stream?: NodeJS.WritableStream;
  /** Asked for `TERM`, `NO_COLOR` and `FORCE_COLOR`. @default process.env */
  readonly environment?: NodeJS.ProcessEnv;
}

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';

/**
 * Draws on a terminal, writes a line for each change elsewhere.
 *
 * @example
 * const view = createProgressView();
 * view.show(waitingSteps);
 * view.end();
 */
export const createProgressView = ({
  stream = process.stderr,
  environment = process.env,
}: ProgressViewOptions = {}): ProgressView =>
  canRedraw(stream, environment) ? drawnView(stream as WriteStream, environment) : plainView(stream);

const plainView = (stream: NodeJS.WritableStream): ProgressView => {
  let before: readonly Step[] = [];
  return {
    show(steps) {
      for (const line of plainLines(before, steps)) stream.write(`${line}\n`);
      before = steps;
    },
    end() {},
  };
};

const drawnView = (stream: WriteStream, environment: NodeJS.ProcessEnv): ProgressView => {
  const style = styleOf(stream, environment);
  let drawn: readonly string[] = [];
  const giveBack = (): void => void stream.write(showCursor);
  return {
    show(steps) {
      const lines = renderSteps(steps, style, stream.columns || 80);
      if (lines.length === drawn.length && lines.every((line, index) => line === drawn[index])) return;
      const first = drawn.length === 0;
      if (first) process.once('exit', giveBack); // a cursor that stays hidden outlives us
      // One write per frame, each line cleared behind its text: nothing flickers.
      const up = first ? hideCursor : `\u001b[${drawn.length}A\r`;
      stream.write(`${up}${lines.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`);
      drawn = lines;
    },
    end() {
      if (drawn.length === 0) return;
      drawn = [];
      process.removeListener('exit', giveBack);
      giveBack();
    },
  };
};
