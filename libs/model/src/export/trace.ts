import * as tf from '@tensorflow/tfjs'

/** An operation of a TensorFlow graph. */
export interface GraphNode {
  readonly name: string
  readonly op: string
  /** Names of nodes. */
  readonly input: readonly string[]
  readonly attr: Readonly<Record<string, object>>
}

/** A graph with one input, and the numbers that stand in it. */
export interface Graph {
  readonly nodes: readonly GraphNode[]
  readonly constants: ReadonlyMap<string, tf.Tensor>
}

/** Name of the input's node. */
export const inputName = 'crops'

/** Divides no side of any shape but the first, so that what follows the size of the batch can be told. */
export const tracedBatch = 7

/**
 * Writes down what some work does with its input as operations of a graph. What does not depend on the input is
 * a constant there, whatever led to it.
 *
 * @param input - {@link tracedBatch} rows; the graph takes any number of them
 * @param outputName - of the last node
 * @throws RangeError for an operation that the graph has no word for
 */
export const traceGraph = (input: tf.Tensor, outputName: string, work: () => tf.Tensor): Graph => {
  const nodes: GraphNode[] = [placeholder(input)]
  const constants = new Map<string, tf.Tensor>()
  const names = new Map<number, string>([[input.id, inputName]])
  const addConstant = (tensor: tf.Tensor): string => {
    const name = `constant-${constants.size}`
    constants.set(name, tf.keep(tensor.clone()))
    nodes.push({ name, op: 'Const', input: [], attr: { dtype: typeOf(tensor.dtype) } })
    return name
  }
  const addNode = (kernel: string, inputs: tf.Tensor[], attributes: Attributes): string => {
    const translate = operations[kernel]
    if (translate === undefined) throw new RangeError(`no operation of a graph for ${kernel}`)
    const { op, attr = {}, constants: further = [] } = translate(attributes)
    const before = inputs.map((tensor) => names.get(tensor.id) ?? addConstant(tensor))
    const all = [...before, ...further.map(addConstant)]
    const name = `operation-${nodes.length}`
    const counted = kernel === 'Concat' ? { ...attr, N: { i: inputs.length } } : attr
    nodes.push({ name, op, input: all, attr: { T: typeOf('float32'), ...counted } })
    return name
  }

  const engine = tf.engine()
  const runKernel = engine.runKernel.bind(engine)
  const watch = (kernel: string, inputs: Record<string, tf.Tensor>, attributes: Attributes) => {
    const output = runKernel(kernel, inputs, attributes as tf.NamedAttrMap) as unknown as tf.Tensor
    const tensors = Object.values(inputs)
    if (tensors.some(({ id }) => names.has(id))) {
      // What is added for a node is not watched: it would be written down as well.
      engine.runKernel = runKernel
      names.set(output.id, addNode(kernel, tensors, attributes))
      engine.runKernel = watch as unknown as typeof engine.runKernel
    }
    return output
  }
  engine.runKernel = watch as unknown as typeof engine.runKernel
  try {
    const last = names.get(work().id)
    if (last === undefined) throw new RangeError('the work does not depend on its input')
    nodes.push({ name: outputName, op: 'Identity', input: [last], attr: { T: typeOf('float32') } })
    return { nodes, constants }
  } finally {
    engine.runKernel = runKernel
  }
}

const placeholder = ({ shape }: tf.Tensor): GraphNode => ({
  name: inputName,
  op: 'Placeholder',
  input: [],
  attr: {
    dtype: typeOf('float32'),
    shape: { shape: { dim: [-1, ...shape.slice(1)].map((size) => ({ size: String(size) })) } },
  },
})

const typeOf = (dtype: tf.DataType) => ({ type: dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT' })

type Attributes = Readonly<Record<string, unknown>>

interface Operation {
  readonly op: string
  readonly attr?: Readonly<Record<string, object>>
  /** Inputs after those of the kernel. */
  readonly constants?: readonly tf.Tensor[]
}

const text = (value: string) => ({ s: Buffer.from(value).toString('base64') })
const integers = (values: readonly number[]) => ({ list: { i: values.map(String) } })
const whole = (values: number | readonly number[]): tf.Tensor =>
  tf.tensor(values, undefined, 'int32')

/** A shape in which the size of the batch is left open. */
const anyBatch = ([first = 1, ...others]: readonly number[]): tf.Tensor =>
  whole([first % tracedBatch === 0 ? -1 : first, ...others])

const named = (op: string) => (): Operation => ({ op })

/** Kernels of TensorFlow.js → operations of TensorFlow. */
const operations: Readonly<Record<string, (attributes: Attributes) => Operation>> = {
  Abs: named('Abs'),
  Add: named('AddV2'),
  Identity: named('Identity'),
  Multiply: named('Mul'),
  Relu: named('Relu'),
  Sqrt: named('Sqrt'),
  Square: named('Square'),
  Sub: named('Sub'),
  BatchMatMul: ({ transposeA, transposeB }) => ({
    op: 'BatchMatMulV2',
    attr: { adj_x: { b: transposeA }, adj_y: { b: transposeB } },
  }),
  Concat: ({ axis }) => ({ op: 'ConcatV2', constants: [whole(axis as number)] }),
  Conv2D: ({ strides, pad }) => {
    const [rows, columns] = strides as [number, number]
    return {
      op: 'Conv2D',
      attr: {
        strides: integers([1, rows, columns, 1]),
        padding: text((pad as string).toUpperCase()),
        data_format: text('NHWC'),
        dilations: integers([1, 1, 1, 1]),
      },
    }
  },
  ExpandDims: ({ dim }) => ({ op: 'ExpandDims', constants: [whole(dim as number)] }),
  Mean: ({ axis, keepDims }) => ({
    op: 'Mean',
    attr: { keep_dims: { b: keepDims } },
    constants: [whole([axis as number].flat())],
  }),
  PadV2: ({ paddings, constantValue }) => ({
    op: 'PadV2',
    constants: [
      tf.tensor(paddings as number[][], undefined, 'int32'),
      tf.scalar(constantValue as number),
    ],
  }),
  Reshape: ({ shape }) => ({ op: 'Reshape', constants: [anyBatch(shape as number[])] }),
  Slice: ({ begin, size }) => ({
    op: 'Slice',
    constants: [whole(begin as number[]), anyBatch(size as number[])],
  }),
  Transpose: ({ perm }) => ({ op: 'Transpose', constants: [whole(perm as number[])] }),
}
