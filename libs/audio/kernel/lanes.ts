/** Stores four rows as columns: lane `i` of the row given as number `j` goes to lane `j` of row `i`. */
export function storeTransposed(
  to: usize,
  stride: usize,
  row0: v128,
  row1: v128,
  row2: v128,
  row3: v128,
): void {
  const low01 = v128.shuffle<f32>(row0, row1, 0, 4, 1, 5)
  const low23 = v128.shuffle<f32>(row2, row3, 0, 4, 1, 5)
  const high01 = v128.shuffle<f32>(row0, row1, 2, 6, 3, 7)
  const high23 = v128.shuffle<f32>(row2, row3, 2, 6, 3, 7)
  v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5))
  v128.store(to + stride, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7))
  v128.store(to + 2 * stride, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5))
  v128.store(to + 3 * stride, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7))
}
