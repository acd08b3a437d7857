import type { ContainerConfig, Input, PodSandboxConfig } from '../cri/types.ts'
import type { UserMapping } from './user-namespaces.ts'

/** What the runtime is told of a sandbox, with the users that its Pod has. */
export function sandboxWithUsers(
  config: Input<PodSandboxConfig>,
  mapping: UserMapping | undefined,
): Input<PodSandboxConfig> {
  if (!mapping) return config
  const { securityContext } = config.linux ?? {}
  const namespaceOptions = withUsers(securityContext?.namespaceOptions, mapping)
  return {
    ...config,
    linux: { ...config.linux, securityContext: { ...securityContext, namespaceOptions } },
  }
}

/** The same of a container. What it mounts shows the same owners inside as outside. */
export function containerWithUsers(
  config: Input<ContainerConfig>,
  mapping: UserMapping | undefined,
): Input<ContainerConfig> {
  if (!mapping) return config
  const [uidMappings, gidMappings] = [[idMapping(mapping)], [idMapping(mapping)]]
  const { securityContext } = config.linux ?? {}
  const namespaceOptions = withUsers(securityContext?.namespaceOptions, mapping)
  return {
    ...config,
    mounts: (config.mounts ?? []).map((mount) => ({ ...mount, uidMappings, gidMappings })),
    linux: { ...config.linux, securityContext: { ...securityContext, namespaceOptions } },
  }
}

type Namespaces = NonNullable<
  NonNullable<NonNullable<Input<ContainerConfig>['linux']>['securityContext']>['namespaceOptions']
>

function withUsers(options: Namespaces | undefined, mapping: UserMapping): Namespaces {
  const [uids, gids] = [[idMapping(mapping)], [idMapping(mapping)]]
  return { ...options, usernsOptions: { mode: 'POD', uids, gids } }
}

function idMapping({ hostId, length }: UserMapping) {
  return { hostId, containerId: 0, length }
}
