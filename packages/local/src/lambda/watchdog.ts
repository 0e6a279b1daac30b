import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** Notes which function processes live and kills them when this process is gone. */
export interface Watchdog {
  add(pid: number): void;
  remove(pid: number): void;
  close(): Promise<void>;
}

// Reads "+ pid" and "- pid"; at the end of its input, which is the end of the parent, it kills the groups that are left.
const SCRIPT = `
trap '' INT TERM HUP
pids=' '
while read -r op pid; do
  case $op in
    +) pids="$pids$pid " ;;
    -) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
for pid in $pids; do kill -9 -"$pid" 2>/dev/null; done
`;

/**
 * A function process notices by itself that its parent died, unless it is in an endless loop; a shell of 1.6 MB kills
 * that one too. Where there is no POSIX shell the processes are left to themselves.
 */
export const startWatchdog = (): Watchdog => {
  if (process.platform === 'win32') return { add() {}, remove() {}, close: async () => {} };
  const shell = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, env: {} });
  const input = shell.stdin as Socket;
  const ended = new Promise<void>((resolve) => {
    shell.on('exit', () => resolve());
    shell.on('error', () => resolve());
  });
  input.on('error', () => {});
  // Neither keeps a program alive that forgot to close the stand-in.
  shell.unref();
  input.unref();
  return {
    add: (pid) => void input.write(`+ ${pid}\n`),
    remove: (pid) => void input.write(`- ${pid}\n`),
    close() {
      shell.ref();
      input.end();
      return ended;
    },
  };
};
