/** Writes what make-reference.py starts from into the folder given: the network of each variant with its first weights, and all batches. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeModel } from '../../../trainer/onnx/model-file.ts';
import { bytesOfTensor } from '../../../trainer/onnx/tensor.ts';
import {
  batchAt,
  REFERENCE_VARIANTS,
  type ReferenceVariant,
  SGD,
  SIZES,
  STEPS,
  smallNetwork,
} from '../../../trainer/optimize/small-network.test-helper.ts';

const folder = process.argv[2] as string;
mkdirSync(folder, { recursive: true });

const variants = Object.keys(REFERENCE_VARIANTS) as ReferenceVariant[];
const runs = variants.map((variant) => {
  writeFileSync(join(folder, `${variant}.onnx`), encodeModel(smallNetwork(variant).graph));
  const batches = Array.from({ length: STEPS }, (_, step) => batchAt(step, variant));
  writeFileSync(join(folder, `${variant}.pixels`), Buffer.concat(batches.map(({ pixels }) => bytesOfTensor(pixels))));
  const steps = batches.map(({ labels, alpha, learning_rate }) => ({
    labels: Array.from(labels.data, Number),
    alpha: alpha.data[0],
    learningRate: learning_rate.data[0],
  }));
  return { variant, ...REFERENCE_VARIANTS[variant], ...SGD, batchSize: SIZES.N, steps };
});
writeFileSync(join(folder, 'runs.json'), JSON.stringify(runs));
