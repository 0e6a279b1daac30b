import type { RenderReportOptions } from './options.ts';

type Colors = NonNullable<NonNullable<RenderReportOptions['brand']>['color']>;

export const usualColors: Colors = { light: '#0b5cad', dark: '#7ab7ff' };

/** The page's one style sheet. Contrast of text is at least 4.5:1 in light and in dark. */
export const styleSheet = ({ light, dark }: Colors): string => `
:root{color-scheme:light dark;--page:#f5f6f8;--card:#fff;--text:#1b1f24;--muted:#535b66;--line:#d9dde3;--track:#e6e9ee;--accent:${light};--good:#1a7f4b;--bad:#b3261e;--warn:#8a5a00;--t1:#0b5cad;--t2:#b3261e;--t3:#1a7f4b;--t4:#8a5a00;--t5:#7b3fb8;--t6:#0f7c80;--t7:#6b7280}
@media(prefers-color-scheme:dark){:root{--page:#101317;--card:#181c22;--text:#e6e9ee;--muted:#a7b0bd;--line:#313843;--track:#2a313b;--accent:${dark};--good:#63d297;--bad:#ff8f86;--warn:#f2c14e;--t1:#7ab7ff;--t2:#ff8f86;--t3:#63d297;--t4:#f2c14e;--t5:#cfa3ff;--t6:#5fd3d6;--t7:#9aa4b2}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:68rem;margin:0 auto;padding:0 1rem}
header{padding-top:1.5rem}
a{color:var(--accent)}
a:focus-visible,summary:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:3px}
.skip{position:absolute;left:-999px}
.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.5rem}
.brand{color:var(--accent);font-weight:600;margin:0}
h1{font-size:1.6rem;line-height:1.25;margin:.2rem 0}
h2{font-size:1.2rem;margin:0 0 .75rem}
h3{font-size:1rem;margin:0 0 .5rem}
h4{font-size:.8rem;margin:.9rem 0 .25rem;color:var(--muted);font-weight:600}
p{margin:.25rem 0 .75rem}
.lede{font-size:1.05rem}
.muted,caption,.note{color:var(--muted);font-size:.875rem}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;padding:0;margin:.5rem 0 1rem}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1.25rem;margin:0 0 1rem}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.75rem;margin:0 0 1rem}
.figures div{border-left:4px solid var(--accent);padding-left:.75rem}
.figures .good{border-color:var(--good)}.figures .bad{border-color:var(--bad)}
.figures dt{color:var(--muted);font-size:.875rem}
.figures dd{margin:0;font-size:1.5rem;font-weight:600;line-height:1.2}
.figures small{display:inline-block;white-space:nowrap;font-size:.875rem;font-weight:400;color:var(--muted)}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:0 1rem}
.facts{display:grid;grid-template-columns:minmax(6rem,auto) 1fr;gap:.35rem 1rem;margin:0}
.facts dt{color:var(--muted)}.facts dd{margin:0}
code,.value{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.875em}
.value{white-space:pre-wrap;background:var(--track);border-radius:4px;padding:0 .3em;unicode-bidi:isolate}
table{width:100%;border-collapse:collapse}
caption{text-align:left;padding-bottom:.5rem}
th,td{text-align:left;vertical-align:top;padding:.5rem .75rem .5rem 0;border-top:1px solid var(--line);font-weight:400}
thead th{color:var(--muted);font-size:.875rem;border-top:0}
tbody th{font-weight:600}
td.number,th.number{text-align:right;white-space:nowrap;padding-right:0;font-variant-numeric:tabular-nums}
.issues th:first-child{width:26%}
th .muted{font-weight:400}
.issues .hint{margin:.25rem 0;font-size:.9rem}
.issues ul{margin:.25rem 0;padding-left:1.1rem;font-size:.9rem}
.more>summary{cursor:pointer;color:var(--accent);font-size:.9rem}
svg{display:block}
.bar{width:100%;height:7px;margin:.35rem 0}
.track{fill:var(--track)}.fill{fill:var(--accent)}
.bar.bad .fill{fill:var(--bad)}.bar.warn .fill{fill:var(--warn)}
.segments{width:100%;height:14px;margin:.35rem 0}
${[1, 2, 3, 4, 5, 6, 7].map((tone) => `.tone-${tone}{fill:var(--t${tone})}`).join('')}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.1rem .9rem;padding:0;margin:.25rem 0;font-size:.875rem}
.legend li{display:flex;align-items:center;gap:.35rem}
.key{width:.7rem;height:.7rem;flex:none}
.histogram{width:100%;max-width:22rem;height:auto}
.histogram text{fill:var(--muted);font-size:10px}
.histogram line{stroke:var(--muted);stroke-width:1}
.profiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,18rem),1fr));gap:1rem}
.profiles article{border:1px solid var(--line);border-radius:8px;padding:1rem;min-width:0}
.top td,.top th{padding:.15rem .5rem .15rem 0;border:0;font-size:.875rem;font-weight:400}
.top th:first-child{width:55%}.top .bar{margin:.45rem 0}
.names{margin:.25rem 0 0;padding:0;list-style:none;display:flex;flex-wrap:wrap;gap:.25rem .5rem}
.names li{background:var(--track);border-radius:4px;padding:0 .4rem;font-size:.875rem;unicode-bidi:isolate}
ul.plain{list-style:none;margin:0;padding:0}
footer{color:var(--muted);font-size:.875rem;padding-bottom:2rem}
.out{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media(max-width:36rem){section{padding:1rem}.issues,.issues caption,.issues tbody{display:block}.issues thead{position:absolute;clip-path:inset(50%)}.issues tr{display:grid;grid-template-columns:1fr auto;border-top:1px solid var(--line);padding:.5rem 0}.issues th,.issues td{border:0;padding:0;width:auto}.issues th:first-child{width:auto}.issues td.number{grid-column:2;grid-row:1;padding-left:.75rem}.issues td:nth-child(2){grid-column:1/-1}.facts{grid-template-columns:minmax(4.5rem,auto) 1fr}}
@media print{:root{--page:#fff;--card:#fff;--text:#000;--muted:#444;--line:#bbb;--track:#ddd}body{font-size:11pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}nav,.skip{display:none}section{border:0;padding:.5rem 0}article,tr,.figures{break-inside:avoid}h2,h3{break-after:avoid}details::details-content{content-visibility:visible;block-size:auto}}
`;
