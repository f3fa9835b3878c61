/* Windows of images side by side, which turn a convolution into one matrix product, and the way back. */

/**
 * Copies every window into a row of its own; what lies outside the image is zero. An axis of `length` pixels has
 * `count` windows of `size` pixels, the first one beginning `before` pixels ahead of the image.
 */
export function gatherWindows(
  image: usize,
  to: usize,
  batch: i32,
  channels: i32,
  height: i32,
  rowSize: i32,
  rowStride: i32,
  rowsBefore: i32,
  rowCount: i32,
  width: i32,
  columnSize: i32,
  columnStride: i32,
  columnsBefore: i32,
  columnCount: i32,
): void {
  const pixel = channels << 2
  const line = columnSize * pixel
  for (let item = 0; item < batch; item++) {
    for (let row = 0; row < rowCount; row++) {
      const top = row * rowStride - rowsBefore
      for (let column = 0; column < columnCount; column++) {
        const left = column * columnStride - columnsBefore
        const from = max(0, left)
        const until = min(width, left + columnSize)
        for (let y = top; y < top + rowSize; y++) {
          if (y < 0 || y >= height || until <= from) {
            memory.fill(to, 0, line)
          } else {
            const start = to + (from - left) * pixel
            const end = start + (until - from) * pixel
            if (start > to) memory.fill(to, 0, start - to)
            copy(image + ((item * height + y) * width + from) * pixel, start, end)
            if (end < to + line) memory.fill(end, 0, to + line - end)
          }
          to += line
        }
      }
    }
  }
}

/** Adds every window to the pixels it came from; `image` begins as zeros. Parameters as above. */
export function addWindows(
  windows: usize,
  image: usize,
  batch: i32,
  channels: i32,
  height: i32,
  rowSize: i32,
  rowStride: i32,
  rowsBefore: i32,
  rowCount: i32,
  width: i32,
  columnSize: i32,
  columnStride: i32,
  columnsBefore: i32,
  columnCount: i32,
): void {
  const pixel = channels << 2
  const line = columnSize * pixel
  memory.fill(image, 0, batch * height * width * pixel)
  for (let item = 0; item < batch; item++) {
    for (let row = 0; row < rowCount; row++) {
      const top = row * rowStride - rowsBefore
      for (let column = 0; column < columnCount; column++) {
        const left = column * columnStride - columnsBefore
        const from = max(0, left)
        const until = min(width, left + columnSize)
        for (let y = top; y < top + rowSize; y++) {
          if (y >= 0 && y < height && until > from) {
            const start = windows + (from - left) * pixel
            const end = start + (until - from) * pixel
            add(start, end, image + ((item * height + y) * width + from) * pixel)
          }
          windows += line
        }
      }
    }
  }
}

function copy(from: usize, to: usize, end: usize): void {
  for (; to + 16 <= end; to += 16) {
    v128.store(to, v128.load(from))
    from += 16
  }
  for (; to < end; to += 4) {
    store<f32>(to, load<f32>(from))
    from += 4
  }
}

function add(from: usize, end: usize, to: usize): void {
  for (; from + 16 <= end; from += 16) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)))
    to += 16
  }
  for (; from < end; from += 4) {
    store<f32>(to, load<f32>(to) + load<f32>(from))
    to += 4
  }
}
