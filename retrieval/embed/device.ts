/** The devices that ONNX Runtime embeds on, by the names of its execution providers. Runs nothing and finds out nothing. */

export const DEVICES = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const;
export type Device = (typeof DEVICES)[number];

export const DEVICE_CHOICES = ['auto', ...DEVICES] as const;
/** `auto` is the fastest device that embeds as the bundle's card says. */
export type DeviceChoice = (typeof DEVICE_CHOICES)[number];

/** What a device needs, as a sentence for whoever asked for it in vain. */
export const DEVICE_NEEDS: Record<Device, string> = {
  cpu: 'It needs onnxruntime-node as it is locked: run `npm ci`.',
  webgpu:
    'It needs a GPU with its driver: Vulkan and its loader (libvulkan.so.1) on Linux, Direct3D 12 on Windows, Metal on macOS.',
  cuda: "It needs Linux on x64, an NVIDIA GPU with CUDA 12 and cuDNN 9, and ONNX Runtime's CUDA libraries: `node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12` fetches them.",
  dml: 'It needs Windows and a GPU for DirectX 12.',
  coreml: 'It needs macOS on Apple silicon.',
};

/** What ONNX Runtime calls its providers, and whether its package holds all of their libraries. */
export type ListedProvider = { name: string; bundled: boolean };

/** Those of the listed providers that are devices here, the CPU among them, in the order of `DEVICES`. */
export function devicesAmong(providers: readonly ListedProvider[]): Device[] {
  return DEVICES.filter((device) => providers.some(({ name }) => name === device));
}
