/**
 * Tells image formats apart by their first bytes and says which are read here.
 * Nothing is parsed: a format that is refused never reaches a decoder.
 */
import { SinterError } from '../errors.ts';

const READ = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const;
const REFUSED = ['svg', 'heic', 'bmp', 'pdf', 'jpeg-xl', 'jpeg-2000', 'ico', 'psd'] as const;
export type ImageFormat = (typeof READ)[number] | (typeof REFUSED)[number];

/** File name endings under which images are looked for in folders, lower case. */
export const IMAGE_EXTENSIONS: ReadonlySet<string> = new Set(
  'jpg jpeg jpe jfif png webp gif tif tiff avif'.split(' ').map((ending) => `.${ending}`),
);

/** Format and the hex of its first bytes; the ISO media files among them list their brands after `ftyp`. */
const SIGNATURES: readonly (readonly [ImageFormat, RegExp])[] = [
  ['jpeg', /^ffd8ff/],
  ['png', /^89504e470d0a1a0a/],
  ['webp', /^52494646.{8}57454250/],
  ['gif', /^474946383[79]61/],
  ['tiff', /^(49492a00|4d4d002a|49492b00|4d4d002b)/],
  ['avif', /^.{8}66747970(.{8})*6176(6966|6973)/],
  ['heic', /^.{8}66747970(686569|6d696631|6d736631|686576)/],
  ['jpeg-xl', /^(ff0a|0000000c4a584c20)/],
  ['jpeg-2000', /^(0000000c6a502020|ff4fff51)/],
  ['bmp', /^424d/],
  ['pdf', /^25504446/],
  ['ico', /^00000100/],
  ['psd', /^38425053/],
];

/** The format of an image by its first bytes, or undefined where they begin no image that is known. */
export function imageFormat(bytes: Uint8Array): ImageFormat | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1024));
  const hex = head.toString('hex', 0, 32);
  const found = SIGNATURES.find(([, signature]) => signature.test(hex));
  return found?.[0] ?? (looksLikeSvg(head.toString('utf8')) ? 'svg' : undefined);
}

/**
 * Throws `not-an-image` unless the bytes begin as a format that is read.
 * SVG counts only where `allowSvg`: it is a program to be drawn, which can be made to take very long.
 */
export function requireReadableFormat(bytes: Uint8Array, allowSvg: boolean): void {
  const format = imageFormat(bytes);
  if (format === 'svg' && allowSvg) return;
  if (READ.some((read) => read === format)) return;
  const got = format ? format.toUpperCase() : describeUnknown(bytes);
  throw new SinterError(
    'not-an-image',
    `Expected an image in one of the formats ${READ.join(', ')}; got ${got}. Convert it to PNG or JPEG.`,
  );
}

function looksLikeSvg(text: string): boolean {
  return /^\uFEFF?\s*(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*(<!DOCTYPE svg[\s\S]*)?<svg[\s>]/i.test(text);
}

function describeUnknown(bytes: Uint8Array): string {
  if (bytes.byteLength === 0) return 'no bytes at all';
  const hex = Buffer.from(bytes.subarray(0, 8)).toString('hex');
  return `${bytes.byteLength} bytes that begin with ${hex}, which is no known image format`;
}
