/** @throws RangeError where the list has no such place */
export const at = <Item>(items: readonly Item[], index: number): Item => {
  const item = items[index]
  if (item === undefined) throw new RangeError(`no item ${String(index)}`)
  return item
}
