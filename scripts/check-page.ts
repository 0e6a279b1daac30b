// Looks at a page in headless Chromium, at phone and desktop width, in light and dark: that nothing scrolls sideways, that
// text has a contrast of 4.5:1 and that the page's own security policy lets its style in. Leaves a picture of each beside it.
//   node scripts/check-page.ts results/report.html
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const [given] = process.argv.slice(2);
if (given === undefined) throw new Error('which page? node scripts/check-page.ts <report.html>');
const chromium = process.env.CHROMIUM ?? 'chromium';
const page = path.resolve(given);
const folder = mkdtempSync(path.join(tmpdir(), 'check-page-'));

const schemes = { light: [], dark: ['--force-dark-mode'] } as const;
const widths = [360, 1280] as const;

const browse = (flags: readonly string[], file: string): string => {
  const { error, status, stdout } = spawnSync(
    chromium,
    ['--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', ...flags, `file://${file}`],
    { encoding: 'utf8', timeout: 60_000, maxBuffer: 64 * 1024 * 1024 },
  );
  if (error !== undefined || status !== 0) throw new Error(`${chromium} ended with ${error?.message ?? status}`);
  return stdout;
};

const probe = readFileSync(new URL('./check-page-probe.mjs', import.meta.url), 'utf8');

let failed = false;
try {
  for (const width of widths)
    for (const [scheme, flags] of Object.entries(schemes)) {
      const harness = path.join(folder, `${scheme}-${width}.html`);
      const source = readFileSync(page, 'utf8').replaceAll('&', '&amp;').replaceAll('"', '&quot;');
      writeFileSync(
        harness,
        `<!doctype html><meta charset="utf-8"><iframe width="${width}" height="900" srcdoc="${source}"></iframe><script>addEventListener('load',()=>{${probe}})</script>`,
      );
      const [, title = ''] = /<title>(.*?)<\/title>/s.exec(browse([...flags, '--dump-dom'], harness)) ?? [];
      const { texts, wrong } = JSON.parse(
        title.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&') ||
          '{"texts":0,"wrong":["no answer"]}',
      ) as { readonly texts: number; readonly wrong: readonly string[] };
      browse(
        [...flags, `--window-size=${width},2400`, `--screenshot=${page.replace(/\.html$/, '')}-${width}-${scheme}.png`],
        page,
      );
      console.log(`${width} px, ${scheme}: ${texts} texts, ${wrong.length === 0 ? 'nothing wrong' : wrong.join('; ')}`);
      failed ||= wrong.length > 0;
    }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
