import { kernelCode } from './kernel-code.ts';

/** As much of https://webassembly.github.io/spec/js-api/ as is used; TypeScript has it only among the types of browsers. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** The exports of kernel.wat; see there what they do. */
export interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly count: (from: number, to: number) => number;
  readonly index: (from: number, to: number) => number;
  readonly units: (positions: number, count: number, out: number) => void;
}

/** Fields of the kernel's header, as indexes of an Int32Array at address 0. */
export const header = {
  state: 0,
  quoteAt: 1,
  ends: 2,
  records: 3,
  recordEnd: 4,
  quotes: 5,
  window: 6,
  endsAt: 7,
  recordsAt: 8,
  delimiter: 9,
  quote: 10,
  watched: 11,
  watch: 12,
  doubled: 15,
  marksAt: 16,
} as const;

/** The kernel looks at this many bytes at a time. */
export const blockBytes = 64;

let compiled: object | undefined;
let known = false;

/** The compiled kernel; `undefined` where WebAssembly or its vector instructions are missing, which does not change. */
const compile = (): object | undefined => {
  if (known) return compiled;
  known = true;
  try {
    compiled = new WebAssembly.Module(Buffer.from(kernelCode, 'base64'));
  } catch {
    compiled = undefined;
  }
  return compiled;
};

/** A kernel with a memory of its own; `undefined` where there is none to be had. */
export const createKernel = (): Kernel | undefined => {
  const module = compile();
  if (module === undefined) return undefined;
  try {
    return new WebAssembly.Instance(module).exports as Kernel;
  } catch {
    return undefined; // no room for one more memory now
  }
};
