/** Data as an expression of JavaScript. A member of that name in a literal would set the prototype. */
export const literal = (data: unknown): string => {
  const json = JSON.stringify(data);
  return json.includes('"__proto__"') ? `JSON.parse(${JSON.stringify(json)})` : json;
};
