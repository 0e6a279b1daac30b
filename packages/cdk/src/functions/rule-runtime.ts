// What the module of a rule imports.
export * from '@pipeline/validate/precompiled';
