import { runApp } from '../../run-app/run-app.ts';
import type { LocalApp } from '../../stack/local-app.ts';
import { UsageError } from '../exit-codes.ts';
import { exampleModule, loadModule } from './load-module.ts';

/** The app that is meant: an example, one of the caller's own, or one that lets every well-formed row pass. */
export const findApp = async (example: string | undefined, app: string | undefined): Promise<LocalApp> => {
  if (example !== undefined) return loadApp(exampleModule(example, 'local-app.ts', process.cwd()));
  return app === undefined ? runApp({ replays: true }) : loadApp(app);
};

/** The app that a module exports, or that a function which it exports makes. */
const loadApp = async (file: string): Promise<LocalApp> => {
  const module = await loadModule(file);
  const names = ['default', 'app', ...Object.keys(module).filter((name) => name.endsWith('App'))];
  const exported = names.map((name) => module[name]).find((value) => value !== undefined);
  const app: unknown = typeof exported === 'function' ? await (exported as () => unknown)() : exported;
  if (isApp(app)) return app;
  throw new UsageError(`${file} exports no LocalApp: not as default, app or ...App, nor a function that makes one`);
};

const isApp = (value: unknown): value is LocalApp => {
  const app = (value ?? {}) as Partial<LocalApp>;
  return (
    typeof app.name === 'string' &&
    typeof app.bucket === 'string' &&
    typeof app.functions === 'function' &&
    typeof app.stateMachine === 'function' &&
    typeof app.trigger === 'object' &&
    typeof app.failureFunction === 'string'
  );
};
