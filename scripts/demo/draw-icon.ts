/** Turns an icon into a standalone square SVG, and that into a PNG. Knows nothing of files. */
import sharp from 'sharp';
import type { Icon } from './icon-set.ts';

/** The icon as an SVG of `size` × `size` pixels: the whole box centred in it, flipped and turned, `currentColor` black. */
export function iconToSvg(icon: Icon, size: number): string {
  const centreX = icon.left + icon.width / 2;
  const centreY = icon.top + icon.height / 2;
  const lying = icon.quarterTurns % 2 === 1;
  const [width, height] = lying ? [icon.height, icon.width] : [icon.width, icon.height];
  const viewBox = [centreX - width / 2, centreY - height / 2, width, height].join(' ');
  const turns = [
    `translate(${centreX} ${centreY})`,
    `rotate(${icon.quarterTurns * 90})`,
    `scale(${icon.hFlip ? -1 : 1} ${icon.vFlip ? -1 : 1})`,
    `translate(${-centreX} ${-centreY})`,
  ].join(' ');
  const isTurned = icon.quarterTurns !== 0 || icon.hFlip || icon.vFlip;
  const content = isTurned ? `<g transform="${turns}">${icon.body}</g>` : icon.body;
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"',
    ` width="${size}" height="${size}" viewBox="${viewBox}" color="#000">${content}</svg>`,
  ].join('');
}

/** The icon on white as a PNG of `size` × `size` pixels. */
export function iconToPng(icon: Icon, size: number): Promise<Buffer> {
  return sharp(Buffer.from(iconToSvg(icon, size)))
    .flatten({ background: '#fff' })
    .png()
    .toBuffer();
}
