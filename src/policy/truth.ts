// Strong Kleene logic: what is not known stays not known unless the rest decides anyway (rule 19).

export const FALSE = 0;
export const UNKNOWN = 1;
export const TRUE = 2;
export type Truth = typeof FALSE | typeof UNKNOWN | typeof TRUE;

export function not(a: Truth): Truth {
  return a === TRUE ? FALSE : a === FALSE ? TRUE : UNKNOWN;
}

export function and(a: Truth, b: Truth): Truth {
  return a < b ? a : b;
}

export function or(a: Truth, b: Truth): Truth {
  return a > b ? a : b;
}

export function truthOf(value: boolean): Truth {
  return value ? TRUE : FALSE;
}
