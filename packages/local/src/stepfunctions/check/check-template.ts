import { checkIntrinsic } from '../data/intrinsics.ts';
import { isObject } from '../data/json.ts';
import { isPath } from '../data/json-path.ts';
import type { Report } from './problem.ts';

/** Checks a payload template: every `.$` field must hold a path or an intrinsic function that can be evaluated. */
export function checkTemplate(template: unknown, at: string, report: Report): void {
  if (Array.isArray(template)) {
    for (const [i, item] of template.entries()) checkTemplate(item, `${at}[${i}]`, report);
    return;
  }
  if (!isObject(template)) return;
  for (const [key, value] of Object.entries(template)) {
    const place = `${at}/${key}`;
    if (!key.endsWith('.$')) checkTemplate(value, place, report);
    else if (typeof value !== 'string')
      report(`The value for the field '${key}' must be a path or an intrinsic function`, place);
    else if (value.startsWith('$')) {
      // A name after `$` would be a variable.
      if (!isPath(value)) report(`The value for the field '${key}' is not a supported JSONPath: ${value}`, place);
    } else {
      const wrong = checkIntrinsic(value);
      if (wrong)
        report(
          `The value for the field '${key}' must be a valid JSONPath or a valid intrinsic function call: ${wrong}`,
          place,
        );
    }
    if (key.endsWith('.$') && Object.hasOwn(template, key.slice(0, -2)))
      report(`The field '${key.slice(0, -2)}' is given twice`, place);
  }
}
