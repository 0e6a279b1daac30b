import ajvUcs2length from 'ajv/dist/runtime/ucs2length.js';

// What loads CommonJS may have taken its default already.
export const ucs2length: typeof ajvUcs2length.default = ajvUcs2length.default ?? ajvUcs2length;
