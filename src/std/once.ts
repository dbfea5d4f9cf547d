// Values that cost something to make and that most runs never ask for: an expression about Unicode takes V8 half a
// millisecond to read.

/** A function that makes the value when it is first asked for, and gives the same one ever after. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
