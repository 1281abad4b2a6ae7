/** Make something when it is first asked for, and keep it: formatters of the browser are slow to make. */
export function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
