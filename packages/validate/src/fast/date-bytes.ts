const days = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The number that two digits write, or 100 where they are none. */
const twoDigits = (bytes: Uint8Array, at: number): number => {
  const tens = bytes[at]! - 48;
  const ones = bytes[at + 1]! - 48;
  return tens >>> 0 > 9 || ones >>> 0 > 9 ? 100 : tens * 10 + ones;
};

/** Whether ten bytes are a day of the calendar, `YYYY-MM-DD` (https://www.rfc-editor.org/rfc/rfc3339#section-5.6). */
export const isDate = (bytes: Uint8Array, at: number, end: number): boolean => {
  if (end - at !== 10 || bytes[at + 4] !== 45 || bytes[at + 7] !== 45) return false;
  const century = twoDigits(bytes, at);
  const rest = twoDigits(bytes, at + 2);
  const month = twoDigits(bytes, at + 5);
  const day = twoDigits(bytes, at + 8);
  if (century > 99 || rest > 99 || month < 1 || month > 12 || day < 1 || day > days[month]!) return false;
  if (month !== 2 || day < 29) return true;
  return rest % 4 === 0 && (rest !== 0 || century % 4 === 0);
};

/**
 * Whether bytes are a time with its zone, `hh:mm:ss.fZ` or `hh:mm:ss+hh:mm`. Leap seconds and rarer forms of the zone are
 * left to those who ask further.
 */
export const isTime = (bytes: Uint8Array, at: number, end: number): boolean => {
  if (end - at < 9 || bytes[at + 2] !== 58 || bytes[at + 5] !== 58) return false;
  if (twoDigits(bytes, at) > 23 || twoDigits(bytes, at + 3) > 59 || twoDigits(bytes, at + 6) > 59) return false;
  let next = at + 8;
  if (bytes[next] === 46) {
    const first = next + 1;
    do next++;
    while (next < end && (bytes[next]! - 48) >>> 0 <= 9);
    if (next === first) return false;
  }
  const zone = bytes[next];
  if (zone === 90 || zone === 122) return next + 1 === end;
  if (zone !== 43 && zone !== 45) return false;
  return (
    end - next === 6 && bytes[next + 3] === 58 && twoDigits(bytes, next + 1) <= 23 && twoDigits(bytes, next + 4) <= 59
  );
};

/** Whether bytes are a date, a `T` and a time with its zone. */
export const isDateTime = (bytes: Uint8Array, at: number, end: number): boolean => {
  const separator = bytes[at + 10];
  return (separator === 84 || separator === 116) && isDate(bytes, at, at + 10) && isTime(bytes, at + 11, end);
};
