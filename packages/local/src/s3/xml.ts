import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { malformedXml } from './errors.ts';

const SPECIAL = /[&<>"\r]/g;
const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // An XML parser turns a bare carriage return into a line feed, which would change a key.
  '\r': '&#13;',
};
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';
const NAMESPACE = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

/** Text made safe inside an element. */
export function escapeXml(text: string): string {
  return text.replace(SPECIAL, (c) => ESCAPES[c] ?? c);
}

/** One element with text; an empty string where the value is undefined. */
export function el(name: string, value: string | number | boolean | undefined): string {
  if (value === undefined) return '';
  return `<${name}>${typeof value === 'string' ? escapeXml(value) : value}</${name}>`;
}

/** One element with elements inside. */
export function wrap(name: string, ...children: string[]): string {
  return `<${name}>${children.join('')}</${name}>`;
}

/** A whole document in S3's namespace. */
export function xmlDocument(root: string, ...children: string[]): string {
  return `${DECLARATION}<${root}${NAMESPACE}>${children.join('')}</${root}>`;
}

/** An error document; S3 writes these without a namespace. */
export function errorDocument(fields: Readonly<Record<string, string | number | undefined>>): string {
  const children = Object.entries(fields).map(([name, value]) => el(name, value));
  return `${DECLARATION}<Error>${children.join('')}</Error>`;
}

/** A parsed element: text, or its children by name (an array where a name repeats). */
export type XmlNode = string | { readonly [name: string]: XmlNode | readonly XmlNode[] };

// Entities are decoded here and not by the parser, whose expansion limits would refuse 1,000 keys full of `&amp;`.
const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  processEntities: false,
  removeNSPrefix: true,
  ignoreDeclaration: true,
});
const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(#x[0-9a-f]+|#[0-9]+|[a-z]+);/gi, (whole, name: string) => {
    if (name.startsWith('#x') || name.startsWith('#X')) return String.fromCodePoint(Number.parseInt(name.slice(2), 16));
    if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)));
    return NAMED[name] ?? whole;
  });
}

/** Parses a request body and returns the root element. Throws `MalformedXML`. */
export function parseXml(body: string, root: string): { readonly [name: string]: XmlNode | readonly XmlNode[] } {
  if (/<!DOCTYPE/i.test(body) || XMLValidator.validate(body) !== true) throw malformedXml();
  const parsed = (parser.parse(body) as Record<string, XmlNode>)[root];
  if (parsed === undefined) throw malformedXml();
  return typeof parsed === 'string' ? {} : parsed;
}

/** The children of one name, always as an array. */
export function childrenOf(node: XmlNode | undefined, name: string): readonly XmlNode[] {
  if (node === undefined || typeof node === 'string') return [];
  const child = node[name];
  if (child === undefined) return [];
  return Array.isArray(child) ? (child as readonly XmlNode[]) : [child as XmlNode];
}

/** The text of one child, undefined where it is missing. Throws `MalformedXML` when it holds elements. */
export function textOf(node: XmlNode | undefined, name: string): string | undefined {
  const child = childrenOf(node, name)[0];
  if (child === undefined) return undefined;
  if (typeof child !== 'string') throw malformedXml();
  return decodeEntities(child);
}
