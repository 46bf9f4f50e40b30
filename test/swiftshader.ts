/** A GPU in software for tests of WebGPU: SwiftShader, which comes with Debian's chromium, or that of CHROMIUM_PATH. */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

const FOLDERS = ['/usr/lib/chromium', dirname(process.env.CHROMIUM_PATH ?? '/usr/lib/chromium/chromium')];

const found = FOLDERS.filter(existsSync)
  .map((folder) => realpathSync(folder))
  .find((folder) => existsSync(join(folder, 'vk_swiftshader_icd.json')));

export const hasSwiftShader = found !== undefined;

/** For the name of what is skipped without it. */
export const whyNoSwiftShader = hasSwiftShader
  ? ''
  : ` (skipped: no vk_swiftshader_icd.json beside chromium in ${FOLDERS.join(' or ')}; install chromium or set CHROMIUM_PATH)`;

/** The environment of a process that sees SwiftShader, and no other GPU, through chromium's own Vulkan loader. */
export const SWIFTSHADER_ENV: NodeJS.ProcessEnv = {
  ...process.env,
  LD_LIBRARY_PATH: found,
  VK_ICD_FILENAMES: join(found ?? '', 'vk_swiftshader_icd.json'),
};
