import type { ContainerConfig, Input } from '../cri/types.ts'
import type { ContainerAllocateResponse } from './plugin-messages.ts'

type Given = readonly ContainerAllocateResponse[]

/** The environment that comes with devices; what the container says itself goes before it. */
export function deviceEnvironment(given: Given): ReadonlyMap<string, string> {
  return new Map(given.flatMap(({ envs }) => Object.entries(envs)))
}

/** What the runtime is told of a container, with the devices that it was given. */
export function withDevices(config: Input<ContainerConfig>, given: Given): Input<ContainerConfig> {
  if (given.length === 0) return config
  return {
    ...config,
    devices: [...(config.devices ?? []), ...given.flatMap(({ devices }) => devices)],
    mounts: [
      ...(config.mounts ?? []),
      ...given.flatMap(({ mounts }) =>
        mounts.map(({ containerPath, hostPath, readOnly }) => ({
          containerPath,
          hostPath,
          readonly: readOnly,
        })),
      ),
    ],
    annotations: {
      ...config.annotations,
      ...Object.assign({}, ...given.map(({ annotations }) => annotations)),
    },
    cdiDevices: [...(config.cdiDevices ?? []), ...given.flatMap(({ cdiDevices }) => cdiDevices)],
  }
}
