/** The file's own part of a backbone, and how pixels get into it. */
import { copyGraph, type Graph } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import type { ImageInput } from './image-input.ts';
import { PIXELS } from './network.ts';
import { appendOpenPreprocessing, appendPreprocessing, type Preprocessing } from './preprocess.ts';

/** From the image input of the file to `features`. */
export type Core = { graph: Graph; image: ImageInput };

/** The graph with uint8 pixels as input: the nodes that scale them come first and take the place of the image. Without a preprocessing it is an input too. */
export function withPixels({ graph, image }: Core, size: number, preprocessing?: Preprocessing): Graph {
  const g = new GraphBuilder({ ...copyGraph(graph), inputs: [], name: 'backbone' });
  const own = g.graph.nodes.splice(0);
  g.input(PIXELS, 'uint8', ['N', size, size, 3]);
  const scaled = preprocessing
    ? appendPreprocessing(g, PIXELS, preprocessing)
    : appendOpenPreprocessing(g, PIXELS);
  const typed = image.dtype === 'uint8' ? g.op('Cast', [scaled], { to: 2 }) : scaled;
  const laidOut = image.channelsLast ? g.transpose(typed, [0, 2, 3, 1]) : typed;
  g.graph.nodes.push(
    {
      op: 'Identity',
      domain: '',
      name: g.fresh('image'),
      inputs: [laidOut],
      outputs: [image.name],
      attributes: {},
    },
    ...own,
  );
  return g.graph;
}
