import type { SafeHtml } from '@remix-run/html-template';

/** How much of a list a page has room for. */
export interface Room {
  readonly items: number;
  /** Bytes of what is rendered, together. */
  readonly bytes: number;
}

/** Renders the first items of a list, as many as there is room for: what keeps a page small, however wild its texts are. */
export const renderWithin = <T>(
  all: readonly T[],
  { items, bytes }: Room,
  render: (item: T, index: number) => SafeHtml,
): SafeHtml[] => {
  const rendered: SafeHtml[] = [];
  let used = 0;
  for (const [index, item] of all.slice(0, items).entries()) {
    const part = render(item, index);
    used += Buffer.byteLength(String(part));
    if (used > bytes) break;
    rendered.push(part);
  }
  return rendered;
};
