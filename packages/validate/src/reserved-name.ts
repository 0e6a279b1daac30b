/** Whether a name means something on every JavaScript object; such a column can be neither read nor missed reliably. */
export const isReservedName = (name: string): boolean => name in Object.prototype;
