/** Glyphs three columns wide and five rows high, drawn for this project: one octal digit per row, its bits the ink. */
const GLYPHS: Readonly<Record<string, string>> = {
  '0': '75557',
  '1': '26227',
  '2': '71747',
  '3': '71717',
  '4': '55711',
  '5': '74717',
  '6': '74757',
  '7': '71222',
  '8': '75757',
  '9': '75717',
  '.': '00002',
  '-': '00700',
  '#': '57575',
  A: '75755',
  B: '65656',
  C: '74447',
  D: '65556',
  E: '74647',
  F: '74644',
  G: '74557',
  H: '55755',
  k: '45655',
  s: '34216',
  z: '07247',
}

export const GLYPH_COLUMNS = 3
export const GLYPH_ROWS = 5

/** Whether the ink of a character covers a cell; characters without a glyph are blank. */
export const inked = (character: string, column: number, row: number): boolean => {
  const rowBits = Number.parseInt(GLYPHS[character]?.[row] ?? '0', 8)
  return ((rowBits >> (GLYPH_COLUMNS - 1 - column)) & 1) === 1
}
