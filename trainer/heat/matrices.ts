/** Products of float32 matrices in ONNX Runtime, a hundred times as fast as in plain JavaScript. */
import { emptyGraph } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { GraphRunner } from '../onnx/runner.ts';
import { tensor } from '../onnx/tensor.ts';

/** [rows, columns] in rows. */
export type Matrix = { rows: number; columns: number; values: Float32Array };

export class MatrixProducts {
  readonly #runner: GraphRunner;

  private constructor(runner: GraphRunner) {
    this.#runner = runner;
  }

  static async open(): Promise<MatrixProducts> {
    const g = new GraphBuilder(emptyGraph('products'));
    const left = g.input('left', 'float32', ['m', 'k']);
    const product = g.op('MatMul', [left, g.input('right', 'float32', ['k', 'n'])]);
    g.output('product', product, 'float32', ['m', 'n']);
    return new MatrixProducts(await GraphRunner.open(g.graph));
  }

  async multiply(left: Matrix, right: Matrix): Promise<Matrix> {
    const feeds = { left: asTensor(left), right: asTensor(right) };
    const { product } = await this.#runner.run(feeds, ['product']);
    return { rows: left.rows, columns: right.columns, values: product.data as Float32Array };
  }

  close(): Promise<void> {
    return this.#runner.close();
  }
}

export function transposed({ rows, columns, values }: Matrix): Matrix {
  const turned = new Float32Array(values.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) turned[j * rows + i] = values[i * columns + j] as number;
  return { rows: columns, columns: rows, values: turned };
}

/** `rows` rows and `columns` columns from the element at `row`, `column` on. */
export function blockOf(
  matrix: Matrix,
  [row, column]: [number, number],
  [rows, columns]: [number, number],
): Matrix {
  const values = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const start = (row + i) * matrix.columns + column;
    values.set(matrix.values.subarray(start, start + columns), i * columns);
  }
  return { rows, columns, values };
}

function asTensor({ rows, columns, values }: Matrix) {
  return tensor('float32', values, [rows, columns]);
}
