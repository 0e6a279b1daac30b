import ajvEqual from 'ajv/dist/runtime/equal.js';

// What loads CommonJS may have taken its default already.
export const equal: typeof ajvEqual.default = ajvEqual.default ?? ajvEqual;
