import type { AnyContainer } from '../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Device, Mount } from '../cri/container-messages.ts'
import type { ContainerConfig, Input } from '../cri/types.ts'
import { containerAnnotations, containerLabels } from '../runtime/labels.ts'
import { expand } from './expansion.ts'
import { linuxResources, type MemoryCapacity } from './resources.ts'
import { linuxSecurityContext } from './security-context.ts'

export interface ContainerContext {
  readonly attempt: number
  readonly imageRef: string
  readonly environment: ReadonlyMap<string, string>
  readonly mounts: readonly Input<Mount>[]
  readonly devices: readonly Input<Device>[]
  readonly memory: MemoryCapacity
  readonly seccompDir: string
  readonly seccompDefault?: boolean
  /** The container whose processes an ephemeral one sees. */
  readonly targetId?: string
}

/** What the runtime is told of a container. */
export function containerConfig(
  pod: Pod,
  container: AnyContainer,
  context: ContainerContext,
): Input<ContainerConfig> {
  const { attempt, environment, imageRef } = context
  const expanded = (texts: readonly string[] = []): string[] =>
    texts.map((text) => expand(text, (name) => environment.get(name)))
  const stopSignal = container.lifecycle?.stopSignal?.replace('+', 'PLUS').replace('-', 'MINUS')
  return {
    metadata: { name: container.name, attempt },
    image: { image: imageRef, userSpecifiedImage: container.image ?? '' },
    command: expanded(container.command),
    args: expanded(container.args),
    workingDir: container.workingDir ?? '',
    envs: [...environment].map(([key, value]) => ({ key, value: new TextEncoder().encode(value) })),
    mounts: context.mounts,
    devices: context.devices,
    labels: containerLabels(pod, container),
    annotations: containerAnnotations(pod, container, attempt),
    logPath: `${container.name}/${attempt}.log`,
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    linux: {
      resources: linuxResources(pod, container, context.memory),
      securityContext: linuxSecurityContext(pod, container, context),
    },
    ...(stopSignal !== undefined && { stopSignal }),
  }
}
