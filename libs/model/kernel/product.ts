/*
 * Product of two matrices, the way of Goto and van de Geijn (2008): a block of the right matrix is packed so that the
 * second-level cache holds it, and tiles of 4 × 8 results are kept in registers while the block is run through.
 */

/** Rows of the right matrix in one block. */
const DEPTH: usize = 256
/** Columns in one block. */
const WIDTH: usize = 512

/** Bytes of scratch memory that {@link product} needs: a packed block, and one tile. */
export function scratchBytes(): usize {
  return 4 * DEPTH * WIDTH + 128
}

/**
 * c = a · b. `a` has m × k numbers, its rows `aRow` bytes apart, its columns `aColumn`; `b` has k × n numbers likewise;
 * `c` has m × n numbers, row by row.
 */
export function product(
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  bColumn: usize,
  c: usize,
  m: usize,
  n: usize,
  k: usize,
  scratch: usize,
): void {
  for (let left: usize = 0; left < n; left += WIDTH) {
    const width = min(WIDTH, n - left)
    for (let top: usize = 0; top < k; top += DEPTH) {
      const depth = min(DEPTH, k - top)
      pack(b + top * bRow + left * bColumn, bRow, bColumn, depth, width, scratch)
      block(a + top * aColumn, aRow, aColumn, scratch, c + 4 * left, m, n, width, depth, top > 0)
    }
  }
}

/** Copies a block into panels of eight columns, row after row; columns that are missing are zero. */
function pack(b: usize, bRow: usize, bColumn: usize, depth: usize, width: usize, to: usize): void {
  for (let column: usize = 0; column < width; column += 8) {
    const from = b + column * bColumn
    if (width - column < 8) packNarrow(from, bRow, bColumn, depth, width - column, to)
    else if (bColumn == 4) packRows(from, bRow, depth, to)
    else packColumns(from, bRow, bColumn, depth, to)
    to += depth << 5
  }
}

function packRows(from: usize, bRow: usize, depth: usize, to: usize): void {
  for (const end = to + (depth << 5); to < end; to += 32) {
    v128.store(to, v128.load(from))
    v128.store(to, v128.load(from, 16), 16)
    from += bRow
  }
}

function packColumns(from: usize, bRow: usize, bColumn: usize, depth: usize, to: usize): void {
  for (const end = to + (depth << 5); to < end; to += 32) {
    v128.store(to, gather(from, bColumn))
    v128.store(to, gather(from + (bColumn << 2), bColumn), 16)
    from += bRow
  }
}

function gather(from: usize, step: usize): v128 {
  let four = v128.load32_zero(from)
  four = v128.load_lane<f32>(from + step, four, 1)
  four = v128.load_lane<f32>(from + 2 * step, four, 2)
  return v128.load_lane<f32>(from + 3 * step, four, 3)
}

function packNarrow(
  from: usize,
  bRow: usize,
  bColumn: usize,
  depth: usize,
  width: usize,
  to: usize,
): void {
  memory.fill(to, 0, depth << 5)
  for (const end = to + (depth << 5); to < end; to += 32) {
    for (let column: usize = 0; column < width; column++) {
      store<f32>(to + 4 * column, load<f32>(from + column * bColumn))
    }
    from += bRow
  }
}

/** All rows of `a` with one packed block, added to `c` where `more` says that it holds earlier blocks' sums. */
function block(
  a: usize,
  aRow: usize,
  aColumn: usize,
  packed: usize,
  c: usize,
  m: usize,
  n: usize,
  width: usize,
  depth: usize,
  more: bool,
): void {
  const tile = packed + 4 * DEPTH * WIDTH
  const panel = depth << 5
  const cRow = n << 2
  for (let row: usize = 0; row < m; row += 4) {
    const rows = min(4, m - row)
    // Rows that are missing repeat the last one there is.
    const a0 = a + row * aRow
    const a1 = a0 + (rows > 1 ? aRow : 0)
    const a2 = a1 + (rows > 2 ? aRow : 0)
    const a3 = a2 + (rows > 3 ? aRow : 0)
    let from = packed
    for (let column: usize = 0; column < width; column += 8) {
      const to = c + row * cRow + 4 * column
      if (rows == 4 && width - column >= 8) {
        multiply(a0, a1, a2, a3, aColumn, from, depth, to, cRow, more)
      } else {
        multiply(a0, a1, a2, a3, aColumn, from, depth, tile, 32, false)
        copyTile(tile, to, cRow, rows, min(8, width - column), more)
      }
      from += panel
    }
  }
}

function copyTile(
  tile: usize,
  to: usize,
  cRow: usize,
  rows: usize,
  columns: usize,
  more: bool,
): void {
  for (let row: usize = 0; row < rows; row++) {
    for (let column: usize = 0; column < columns; column++) {
      const at = to + row * cRow + 4 * column
      const value = load<f32>(tile + 32 * row + 4 * column)
      store<f32>(at, more ? load<f32>(at) + value : value)
    }
  }
}

/** Four rows of `a` times one panel: a tile of 4 × 8, whose rows lie `cRow` bytes apart. */
function multiply(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  aColumn: usize,
  panel: usize,
  depth: usize,
  c: usize,
  cRow: usize,
  more: bool,
): void {
  let c00 = f32x4.splat(0)
  let c01 = f32x4.splat(0)
  let c10 = f32x4.splat(0)
  let c11 = f32x4.splat(0)
  let c20 = f32x4.splat(0)
  let c21 = f32x4.splat(0)
  let c30 = f32x4.splat(0)
  let c31 = f32x4.splat(0)
  for (const end = panel + (depth << 5); panel < end; panel += 32) {
    const b0 = v128.load(panel)
    const b1 = v128.load(panel, 16)
    const r0 = v128.load32_splat(a0)
    c00 = f32x4.relaxed_madd(r0, b0, c00)
    c01 = f32x4.relaxed_madd(r0, b1, c01)
    const r1 = v128.load32_splat(a1)
    c10 = f32x4.relaxed_madd(r1, b0, c10)
    c11 = f32x4.relaxed_madd(r1, b1, c11)
    const r2 = v128.load32_splat(a2)
    c20 = f32x4.relaxed_madd(r2, b0, c20)
    c21 = f32x4.relaxed_madd(r2, b1, c21)
    const r3 = v128.load32_splat(a3)
    c30 = f32x4.relaxed_madd(r3, b0, c30)
    c31 = f32x4.relaxed_madd(r3, b1, c31)
    a0 += aColumn
    a1 += aColumn
    a2 += aColumn
    a3 += aColumn
  }
  storeRow(c, c00, c01, more)
  storeRow(c + cRow, c10, c11, more)
  storeRow(c + 2 * cRow, c20, c21, more)
  storeRow(c + 3 * cRow, c30, c31, more)
}

function storeRow(at: usize, left: v128, right: v128, more: bool): void {
  if (more) {
    left = f32x4.add(left, v128.load(at))
    right = f32x4.add(right, v128.load(at, 16))
  }
  v128.store(at, left)
  v128.store(at, right, 16)
}
