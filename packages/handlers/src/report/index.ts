export { listPrices, type PageLink, type Prices, type RenderReportOptions } from './options.ts';
export { renderReport } from './render-report.ts';
