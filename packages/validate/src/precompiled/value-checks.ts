import { _, type Ajv } from 'ajv';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { createAjv } from '../create-ajv.ts';
import { createLinearEngine } from '../patterns/linear-engine.ts';
import type { PatternTree } from '../patterns/pattern-tree.ts';
import type { Dialect } from '../schema-keywords.ts';
import { literal } from './literal.ts';

/** Compiled schemas as text. */
export interface ValueChecks {
  /** Declares a function for each name, and what these need. */
  readonly code: string;
  /** Patterns that the code asks `linear` for, by name. */
  readonly patterns: ReadonlyMap<string, PatternTree>;
}

/** An ajv whose schemas can be written into a module. */
export interface WritingAjv {
  readonly ajv: Ajv;
  /** Writes the schemas that were added under these names. */
  readonly write: (names: readonly string[]) => ValueChecks;
}

export const createWritingAjv = (dialect: Dialect): WritingAjv => {
  const patterns = new Map<string, PatternTree>();
  const ajv = createAjv(dialect, {
    code: {
      regExp: createLinearEngine((name, tree) => patterns.set(name, tree)),
      formats: _`formats`,
      // On lines, so that nothing but a statement begins one: in texts, line breaks are escaped.
      ...{ source: true, esm: true, lines: true },
    },
  }) as Ajv;
  return {
    ajv,
    write: (names) => {
      const code = standaloneCode.default(ajv, Object.fromEntries(names.map((name) => [name, name])));
      const own = code
        .replace('"use strict";', '')
        .replace(/^export /gm, '')
        .replace(required, '$1')
        .replace(/^(const schema\d+ = )(.*);$/gm, (_line, start, json) => `${start}${literal(JSON.parse(json))};`);
      return { code: own, patterns };
    },
  };
};

/** ajv takes its own functions by `require`; in a text the quotes would be escaped. */
const required = /require\("ajv\/dist\/runtime\/(equal|ucs2length)"\)\.default/g;
