/** Glyphs five columns wide and eight rows high: two hexadecimal digits per column, lowest bit on top. */
const GLYPHS: Readonly<Record<string, string>> = {
  '0': '3e5149453e',
  '1': '00427f4000',
  '2': '4261514946',
  '3': '2141454b31',
  '4': '1814127f10',
  '5': '2745454539',
  '6': '3c4a494930',
  '7': '0171090503',
  '8': '3649494936',
  '9': '064949291e',
  '.': '0060600000',
  ',': '0080703000',
  '-': '0808080808',
  '#': '147f147f14',
  A: '7e1111117e',
  B: '7f49494936',
  C: '3e41414122',
  D: '7f4141221c',
  E: '7f49494941',
  F: '7f09090901',
  G: '3e4149497a',
  H: '7f0808087f',
  M: '7f020c027f',
  a: '2054545478',
  b: '7f48444438',
  c: '3844444420',
  d: '384444487f',
  e: '3854545418',
  f: '087e090102',
  g: '18a4a49c78',
  h: '7f08040478',
  i: '00447d4000',
  k: '7f10284400',
  l: '00417f4000',
  m: '7c04180478',
  n: '7c08040478',
  o: '3844444438',
  p: 'fc18242418',
  q: '18242418fc',
  r: '7c08040408',
  s: '4854545420',
  t: '043f444020',
  u: '3c4040207c',
  v: '1c2040201c',
  w: '3c4030403c',
  y: '4c9090907c',
  z: '4464544c44',
}

export const GLYPH_COLUMNS = 5
export const GLYPH_ROWS = 8

/** Whether the ink of a character covers a cell; characters without a glyph are blank. */
export const inked = (character: string, column: number, row: number): boolean => {
  const columnBits = GLYPHS[character]?.slice(2 * column, 2 * column + 2) ?? '0'
  return ((Number.parseInt(columnBits, 16) >> row) & 1) === 1
}
