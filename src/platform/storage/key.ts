const keyShape = /^[0-9a-f]{32}-\d{1,5}\.webp$/

/** Keys are made by the program; anything else never becomes a path or an address. @throws Error */
export function checkKey(key: string): string {
  if (!keyShape.test(key)) throw new Error('not a key of the storage')
  return key
}
