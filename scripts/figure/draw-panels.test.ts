import sharp from 'sharp';
import { expect, test } from 'vitest';
import { drawPanels, type Panel } from './draw-panels.ts';

/** Two classes: one to the right of the origin, the other above it. */
const PANEL: Panel = {
  title: 'α = 16',
  note: 'two classes',
  points: Float32Array.of(1, 0, 0.9, 0.02, 0, 1, 0.02, 0.9),
  labels: Int32Array.of(0, 0, 1, 1),
};

test('each panel has its title and a mark for every point, each class its colour and its name', () => {
  const svg = drawPanels([PANEL, { ...PANEL, title: 'α = 4' }], ['left', 'above'], 2);
  expect(svg).toMatch(/^<svg /);
  for (const text of ['α = 16', 'α = 4', 'two classes', 'left', 'above']) expect(svg).toContain(`>${text}<`);
  const marks = (colour: string) => svg.split(`fill="${colour}"`).length - 1;
  const inLegend = 1;
  expect(marks('#4e79a7')).toBe(2 * 2 + inLegend);
  expect(marks('#f28e2b')).toBe(2 * 2 + inLegend);
});

test('the picture shows each class where its points are', async () => {
  const svg = drawPanels([PANEL], ['right', 'above'], 1);
  const { data, info } = await sharp(Buffer.from(svg))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  // The panel is 340 pixels wide, 24 from the left and 52 from the top; its frame is a little wider than the points.
  const colourAt = (x: number, y: number) => {
    const column = Math.round(24 + 170 + (x / 1.05) * 170);
    const row = Math.round(52 + 170 - (y / 1.05) * 170);
    return [...data.subarray((row * info.width + column) * 3).subarray(0, 3)];
  };
  const [red, , blue] = colourAt(1, 0);
  expect(blue).toBeGreaterThan(red);
  const [orange, , little] = colourAt(0, 1);
  expect(orange).toBeGreaterThan(little);
  expect(colourAt(-0.5, -0.5)).toEqual([255, 255, 255]);
});
