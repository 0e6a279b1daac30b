// Runs beside the page, which lies in a frame and may run nothing itself: what is wrong with it, as JSON in the title.
const frame = document.querySelector('iframe');
const inner = frame.contentDocument;
const wrong = [];
for (const details of inner.querySelectorAll('details')) details.open = true;
const { scrollWidth, clientWidth } = inner.documentElement;
if (scrollWidth > clientWidth) wrong.push(`${scrollWidth} px wide where ${clientWidth} are`);
const view = inner.defaultView;
const parse = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
const luminance = (color) => {
  const [r = 0, g = 0, b = 0] = color.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element) => {
  if (element === null) return [255, 255, 255];
  const color = parse(view.getComputedStyle(element).backgroundColor);
  return (color[3] ?? 1) === 0 ? behind(element.parentElement) : color;
};
const walker = inner.createTreeWalker(inner.body, NodeFilter.SHOW_TEXT);
let texts = 0;
for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
  const element = node.parentElement;
  if (node.textContent.trim() === '') continue;
  texts++;
  const style = view.getComputedStyle(element);
  const [a, b] = [
    luminance(parse(element instanceof view.SVGElement ? style.fill : style.color)),
    luminance(behind(element)),
  ];
  const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (contrast < 4.5)
    wrong.push(`contrast ${contrast.toFixed(2)} of ${JSON.stringify(node.textContent.trim().slice(0, 30))}`);
}
if (view.getComputedStyle(inner.querySelector('main')).maxWidth === 'none') wrong.push('the style was not let in');
document.title = JSON.stringify({ texts, wrong: [...new Set(wrong)] });
