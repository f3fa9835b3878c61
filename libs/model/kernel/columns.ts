/*
 * Passes over a matrix row by row that do the same to every column with numbers of its own, or add each column up.
 * `n` columns; where they are no multiple of four, the last ones are done one by one.
 */

/** to[j] = the sum of column j. */
export function columnSums(x: usize, rows: usize, n: usize, to: usize): void {
  memory.fill(to, 0, n << 2)
  const stride = n << 2
  // Four rows at a time: a quarter of the traffic with `to`, and less rounding.
  const fours = rows >> 2
  for (let four: usize = 0; four < fours; four++) {
    addFourRows(x, stride, n, to)
    x += stride << 2
  }
  for (let row = fours << 2; row < rows; row++) {
    for (let j: usize = 0; j < stride; j += 4) {
      store<f32>(to + j, load<f32>(to + j) + load<f32>(x + j))
    }
    x += stride
  }
}

function addFourRows(x: usize, stride: usize, n: usize, to: usize): void {
  const x1 = x + stride
  const x2 = x1 + stride
  const x3 = x2 + stride
  const whole = (n & ~3) << 2
  let j: usize = 0
  for (; j < whole; j += 16) {
    const early = f32x4.add(v128.load(x + j), v128.load(x1 + j))
    const late = f32x4.add(v128.load(x2 + j), v128.load(x3 + j))
    v128.store(to + j, f32x4.add(v128.load(to + j), f32x4.add(early, late)))
  }
  for (; j < stride; j += 4) {
    const early = load<f32>(x + j) + load<f32>(x1 + j)
    const late = load<f32>(x2 + j) + load<f32>(x3 + j)
    store<f32>(to + j, load<f32>(to + j) + (early + late))
  }
}

/** to[j] = the sum over column j of y · (x − centre[j]). */
export function centredProductSums(
  y: usize,
  x: usize,
  rows: usize,
  n: usize,
  centre: usize,
  to: usize,
): void {
  memory.fill(to, 0, n << 2)
  const stride = n << 2
  const whole = (n & ~3) << 2
  for (let row: usize = 0; row < rows; row++) {
    let j: usize = 0
    for (; j < whole; j += 16) {
      const off = f32x4.sub(v128.load(x + j), v128.load(centre + j))
      v128.store(to + j, f32x4.relaxed_madd(v128.load(y + j), off, v128.load(to + j)))
    }
    for (; j < stride; j += 4) {
      const off = load<f32>(x + j) - load<f32>(centre + j)
      store<f32>(to + j, load<f32>(to + j) + load<f32>(y + j) * off)
    }
    x += stride
    y += stride
  }
}

/** to[j] = the sum over column j of (x − centre[j])². */
export function centredSquareSums(x: usize, rows: usize, n: usize, centre: usize, to: usize): void {
  memory.fill(to, 0, n << 2)
  const stride = n << 2
  const whole = (n & ~3) << 2
  for (let row: usize = 0; row < rows; row++) {
    let j: usize = 0
    for (; j < whole; j += 16) {
      const off = f32x4.sub(v128.load(x + j), v128.load(centre + j))
      v128.store(to + j, f32x4.relaxed_madd(off, off, v128.load(to + j)))
    }
    for (; j < stride; j += 4) {
      const off = load<f32>(x + j) - load<f32>(centre + j)
      store<f32>(to + j, load<f32>(to + j) + off * off)
    }
    x += stride
  }
}

/** to[j] = the sum over column j of |x − the x one row below|. */
export function stepSums(x: usize, rows: usize, n: usize, to: usize): void {
  memory.fill(to, 0, n << 2)
  const stride = n << 2
  const whole = (n & ~3) << 2
  for (let row: usize = 1; row < rows; row++) {
    const next = x + stride
    let j: usize = 0
    for (; j < whole; j += 16) {
      const step = f32x4.abs(f32x4.sub(v128.load(next + j), v128.load(x + j)))
      v128.store(to + j, f32x4.add(v128.load(to + j), step))
    }
    for (; j < stride; j += 4) {
      store<f32>(to + j, load<f32>(to + j) + abs(load<f32>(next + j) - load<f32>(x + j)))
    }
    x = next
  }
}

/** to[i] = the sum over row i of |x − the x one row below|, for all rows but the last. */
export function stepSumsBetween(x: usize, rows: usize, n: usize, to: usize): void {
  const stride = n << 2
  const whole = (n & ~3) << 2
  for (let row: usize = 1; row < rows; row++) {
    const next = x + stride
    let sums = f32x4.splat(0)
    let j: usize = 0
    for (; j < whole; j += 16) {
      sums = f32x4.add(sums, f32x4.abs(f32x4.sub(v128.load(next + j), v128.load(x + j))))
    }
    let sum = f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1)
    sum += f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3)
    for (; j < stride; j += 4) sum += abs(load<f32>(next + j) - load<f32>(x + j))
    store<f32>(to, sum)
    to += 4
    x = next
  }
}

/** to = x · factor[j] + shift[j]. */
export function scaleAndShift(
  x: usize,
  rows: usize,
  n: usize,
  factor: usize,
  shift: usize,
  to: usize,
): void {
  const stride = n << 2
  const whole = (n & ~3) << 2
  for (let row: usize = 0; row < rows; row++) {
    let j: usize = 0
    for (; j < whole; j += 16) {
      const scaled = f32x4.relaxed_madd(
        v128.load(x + j),
        v128.load(factor + j),
        v128.load(shift + j),
      )
      v128.store(to + j, scaled)
    }
    for (; j < stride; j += 4) {
      store<f32>(to + j, load<f32>(x + j) * load<f32>(factor + j) + load<f32>(shift + j))
    }
    x += stride
    to += stride
  }
}

/** to = y · a[j] + x · b[j] + c[j]. */
export function combine(
  y: usize,
  x: usize,
  rows: usize,
  n: usize,
  a: usize,
  b: usize,
  c: usize,
  to: usize,
): void {
  const stride = n << 2
  const whole = (n & ~3) << 2
  for (let row: usize = 0; row < rows; row++) {
    let j: usize = 0
    for (; j < whole; j += 16) {
      const right = f32x4.relaxed_madd(v128.load(x + j), v128.load(b + j), v128.load(c + j))
      v128.store(to + j, f32x4.relaxed_madd(v128.load(y + j), v128.load(a + j), right))
    }
    for (; j < stride; j += 4) {
      const right = load<f32>(x + j) * load<f32>(b + j) + load<f32>(c + j)
      store<f32>(to + j, load<f32>(y + j) * load<f32>(a + j) + right)
    }
    x += stride
    y += stride
    to += stride
  }
}

/** to = x + bias[j] where that is more than nothing, else 0. */
export function biasedRelu(x: usize, rows: usize, n: usize, bias: usize, to: usize): void {
  const stride = n << 2
  const whole = (n & ~3) << 2
  const zero = f32x4.splat(0)
  for (let row: usize = 0; row < rows; row++) {
    let j: usize = 0
    for (; j < whole; j += 16) {
      v128.store(to + j, f32x4.max(f32x4.add(v128.load(x + j), v128.load(bias + j)), zero))
    }
    for (; j < stride; j += 4) {
      store<f32>(to + j, max<f32>(load<f32>(x + j) + load<f32>(bias + j), 0))
    }
    x += stride
    to += stride
  }
}

/** to = dy where y is more than nothing, else 0; `count` numbers. */
export function passPositive(dy: usize, y: usize, count: usize, to: usize): void {
  const zero = f32x4.splat(0)
  const whole = (count & ~3) << 2
  const bytes = count << 2
  let at: usize = 0
  for (; at < whole; at += 16) {
    v128.store(to + at, v128.and(v128.load(dy + at), f32x4.gt(v128.load(y + at), zero)))
  }
  for (; at < bytes; at += 4) {
    store<f32>(to + at, load<f32>(y + at) > 0 ? load<f32>(dy + at) : 0)
  }
}
