/**
 * Says of each ONNX file what the import makes of it and whether all of its layers can be trained:
 * npx tsx test/references/backbones/survey-backbones.ts FILE ...
 */
import { basename } from 'node:path';
import { appendGradients } from '../../../trainer/autodiff/append-gradients.ts';
import { importBackbone } from '../../../trainer/backbones/import-backbone.ts';
import { FEATURES, type Network, PIXELS, withScope } from '../../../trainer/backbones/network.ts';
import { foldConstants } from '../../../trainer/onnx/fold-constants.ts';
import { copyGraph } from '../../../trainer/onnx/graph.ts';
import { GraphBuilder } from '../../../trainer/onnx/graph-builder.ts';
import { runOnce } from '../../../trainer/onnx/runner.ts';
import { readShapes } from '../../../trainer/onnx/shapes.ts';
import { tensor } from '../../../trainer/onnx/tensor.ts';

const BATCH = { N: 2 };

async function survey(path: string): Promise<string> {
  const start = performance.now();
  const backbone = await importBackbone(path);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const { layers, featureDim, inputSize, notes } = backbone;
  const parameters = layers.flatMap((layer) => layer.parameters);
  const numbers = parameters.reduce((sum, name) => sum + (backbone.graph.initializers.get(name)?.data.length ?? 0), 0);
  const about = `${featureDim} features of ${inputSize} px, ${layers.length} layers, ${parameters.length} parameters (${numbers} numbers), ${seconds} s`;
  return `${about} | ${await differentiate(backbone).catch((error) => (error as Error).message.slice(0, 600))} | ${notes.join(' ')}`;
}

/** Runs the gradient of the sum of squared features with respect to every parameter. */
async function differentiate(backbone: Network): Promise<string> {
  const { graph, parameters, inputSize } = withScope(backbone, 'all');
  const folded = await foldConstants(graph, BATCH, parameters);
  const g = new GraphBuilder(copyGraph(folded));
  const loss = g.op('Mul', [FEATURES, FEATURES]);
  const gradients = appendGradients(g, loss, parameters, await readShapes(g.graph, BATCH));
  g.graph.outputs = [...gradients.values()].map((name) => ({ name, dims: [] }));
  const pixels = Uint8Array.from({ length: BATCH.N * inputSize ** 2 * 3 }, (_, i) => (i * 7919) % 256);
  const results = await runOnce(g.graph, { [PIXELS]: tensor('uint8', pixels, [BATCH.N, inputSize, inputSize, 3]) }, { threads: 1 });
  const kinds = [...gradients].map(([parameter, name]) => kindOf(results[name].data as Float32Array, parameter));
  const odd = kinds.filter((kind) => kind !== '');
  const missing = parameters.filter((name) => !gradients.has(name));
  return `${gradients.size} gradients${odd.length ? `, ODD: ${odd.join(', ')}` : ''}${missing.length ? `, MISSING: ${missing.join(', ')}` : ''}`;
}

function kindOf(data: Float32Array, parameter: string): string {
  if (!data.every(Number.isFinite)) return `${parameter} not finite`;
  return data.every((value) => value === 0) ? `${parameter} zero` : '';
}

for (const path of process.argv.slice(2))
  console.log(`${basename(path)} | ${await survey(path).catch((error) => `REFUSED: ${(error as Error).message}`)}`);
