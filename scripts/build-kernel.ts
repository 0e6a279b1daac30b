// Builds kernel-code.ts of the chunker from its kernel.wat: `node scripts/build-kernel.ts`.
// The assembler is pinned, so the same source gives the same bytes everywhere; a test compares them.

import { readFileSync, writeFileSync } from 'node:fs';
import wabt from 'wabt';

const at = (path: string): URL => new URL(path, import.meta.url);

/** The kernel's source as a module of JavaScript that holds its code, so that bundlers and Lambda need no other file. */
export const buildKernel = async (): Promise<string> => {
  const { parseWat } = await wabt();
  const source = parseWat('kernel.wat', readFileSync(at('../packages/chunker/src/scan/kernel.wat')), { simd: true });
  source.resolveNames();
  source.validate();
  const code = Buffer.from(source.toBinary({}).buffer).toString('base64');
  source.destroy();
  const lines = code.match(/.{1,110}/g)!.map((line) => `  '${line}'`);
  return `// Made from kernel.wat by scripts/build-kernel.ts; do not change it by hand.\n\n/** The kernel's WebAssembly code in Base64. */\nexport const kernelCode =\n${lines.join(' +\n')};\n`;
};

if (process.argv[1] === at('').pathname)
  writeFileSync(at('../packages/chunker/src/scan/kernel-code.ts'), await buildKernel());
