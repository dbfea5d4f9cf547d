// The end of an exhaustive switch: does not compile while a case of the union is missing.

/** Throws: reaching it means that a value outside its type got in, which is our bug. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
