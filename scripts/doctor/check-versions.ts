/** Versions of what Sinter runs on and is built from. */
import { createRequire } from 'node:module';
import { arch, platform, release } from 'node:os';
import type { Check } from './check.ts';

const LEAST_NODE = [20, 12] as const;

/** Packages with native code, which may fail where others do not. */
const NATIVE = ['onnxruntime-node', 'sharp', 'libsql', 'hnswlib-node'];

export function checkVersions(): Check[] {
  return [checkNode(), checkSystem(), ...NATIVE.map(checkPackage)];
}

function checkNode(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isNewEnough = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
  const found = `${process.version}, libuv ${process.versions.uv}`;
  if (isNewEnough) return { name: 'Node.js', state: 'ok', found };
  return {
    name: 'Node.js',
    state: 'problem',
    found,
    advice: `Install Node.js ${LEAST_NODE.join('.')} or newer.`,
  };
}

/** Native packages are compiled against glibc; under musl (Alpine) ONNX Runtime does not load. */
function checkSystem(): Check {
  const system = `${platform()} ${release()}, ${arch()}`;
  if (platform() !== 'linux') return { name: 'system', state: 'ok', found: system };
  const glibc = glibcVersion();
  if (glibc) return { name: 'system', state: 'ok', found: `${system}, glibc ${glibc}` };
  return {
    name: 'system',
    state: 'problem',
    found: `${system}, no glibc`,
    advice:
      'ONNX Runtime needs glibc: use an image such as node:22-bookworm-slim in place of one on Alpine Linux.',
  };
}

function glibcVersion(): string | undefined {
  const { header } = process.report.getReport() as unknown as {
    header: { glibcVersionRuntime?: string };
  };
  return header.glibcVersionRuntime;
}

function checkPackage(name: string): Check {
  try {
    const require = createRequire(import.meta.url);
    const found = versionIn(require.resolve.paths(name) ?? [], name, require);
    return { name, state: 'ok', found };
  } catch (error) {
    return {
      name,
      state: 'problem',
      found: (error as Error).message.split('\n')[0] as string,
      advice: 'Run `npm ci`.',
    };
  }
}

/** From its package.json itself: not every package lets that be imported. */
function versionIn(folders: string[], name: string, require: NodeJS.Require): string {
  for (const folder of folders) {
    try {
      return require(`${folder}/${name}/package.json`).version;
    } catch {}
  }
  throw new Error('not installed');
}
