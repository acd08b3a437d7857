import type { AnyContainer } from '../../api/core/v1/pod-containers.ts'
import { containersOf } from '../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { PodSecurityContext, SecurityContext } from '../../api/core/v1/security.ts'
import { quote } from '../../apimachinery/go-format.ts'
import type {
  LinuxContainerSecurityContext,
  LinuxSandboxSecurityContext,
  NamespaceOption,
  SecurityProfile,
} from '../cri/linux-messages.ts'
import type { Image, Input } from '../cri/types.ts'
import { podText } from '../pod-workers/plan-draft.ts'
import { ContainerConfigError } from './config-error.ts'

const MASKED_PATHS = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
]
const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

const RUNTIME_DEFAULT = { type: 'RuntimeDefault' } as const

type Profile = NonNullable<SecurityContext['seccompProfile']>

/** A container's settings: its own, and else its Pod's. */
export function effectiveSecurityContext(
  { spec }: Pod,
  container: AnyContainer,
): SecurityContext & Pick<PodSecurityContext, 'supplementalGroups'> {
  const pod = spec.securityContext
  const inherited = {
    ...(pod.seLinuxOptions && { seLinuxOptions: pod.seLinuxOptions }),
    ...(pod.runAsUser !== undefined && { runAsUser: pod.runAsUser }),
    ...(pod.runAsGroup !== undefined && { runAsGroup: pod.runAsGroup }),
    ...(pod.runAsNonRoot !== undefined && { runAsNonRoot: pod.runAsNonRoot }),
    ...(pod.seccompProfile && { seccompProfile: pod.seccompProfile }),
    ...(pod.appArmorProfile && { appArmorProfile: pod.appArmorProfile }),
  }
  return { ...inherited, ...container.securityContext }
}

/** The same for the runtime. `targetId` is the container whose processes an ephemeral container sees. */
export function linuxSecurityContext(
  pod: Pod,
  container: AnyContainer,
  {
    seccompDir,
    seccompDefault = false,
    targetId,
  }: {
    readonly seccompDir: string
    readonly seccompDefault?: boolean
    readonly targetId?: string
  },
): Input<LinuxContainerSecurityContext> {
  const own = effectiveSecurityContext(pod, container)
  const { capabilities, privileged = false, runAsUser, runAsGroup } = own
  const { supplementalGroupsPolicy = 'Merge' } = pod.spec.securityContext
  const unmasked = privileged || own.procMount === 'Unmasked'
  const namespaces = podNamespaces(pod)
  return {
    privileged,
    readonlyRootfs: own.readOnlyRootFilesystem ?? false,
    noNewPrivs: own.allowPrivilegeEscalation === false,
    supplementalGroups: podGroups(pod),
    supplementalGroupsPolicy: supplementalGroupsPolicy,
    maskedPaths: unmasked ? [] : MASKED_PATHS,
    readonlyPaths: unmasked ? [] : READONLY_PATHS,
    namespaceOptions:
      targetId === undefined ? namespaces : { ...namespaces, pid: 'TARGET', targetId },
    ...(capabilities && {
      capabilities: {
        addCapabilities: capabilities.add ?? [],
        dropCapabilities: capabilities.drop ?? [],
      },
    }),
    ...(runAsUser !== undefined && { runAsUser }),
    ...(runAsGroup !== undefined && { runAsGroup }),
    ...(own.seLinuxOptions && { selinuxOptions: own.seLinuxOptions }),
    seccomp: profile(
      privileged
        ? undefined
        : (own.seccompProfile ?? (seccompDefault ? RUNTIME_DEFAULT : undefined)),
      `${seccompDir}/`,
    ),
    ...(own.appArmorProfile && { apparmor: profile(own.appArmorProfile, '') }),
  }
}

export function sandboxSecurityContext(pod: Pod): Input<LinuxSandboxSecurityContext> {
  const { runAsUser, runAsGroup, seLinuxOptions } = pod.spec.securityContext
  return {
    privileged: containersOf(pod.spec).some(([each]) => each.securityContext?.privileged ?? false),
    namespaceOptions: podNamespaces(pod),
    supplementalGroups: podGroups(pod),
    ...(runAsUser !== undefined && { runAsUser }),
    // A group needs a user beside it.
    ...(runAsUser !== undefined && runAsGroup !== undefined && { runAsGroup }),
    ...(seLinuxOptions && { selinuxOptions: seLinuxOptions }),
  }
}

function podNamespaces({ spec }: Pod): Input<NamespaceOption> {
  const shared = spec.shareProcessNamespace ? 'POD' : 'CONTAINER'
  return {
    network: spec.hostNetwork ? 'NODE' : 'POD',
    ipc: spec.hostIPC ? 'NODE' : 'POD',
    pid: spec.hostPID ? 'NODE' : shared,
  }
}

function podGroups({ spec }: Pod): readonly number[] {
  const { fsGroup, supplementalGroups = [] } = spec.securityContext
  return [...(fsGroup === undefined ? [] : [fsGroup]), ...supplementalGroups]
}

function profile(of: Profile | undefined, root: string): Input<SecurityProfile> {
  if (of?.type === 'Localhost')
    return { profileType: 'Localhost', localhostRef: root + (of.localhostProfile ?? '') }
  return { profileType: of?.type === 'RuntimeDefault' ? 'RuntimeDefault' : 'Unconfined' }
}

/** Throws a `ContainerConfigError` where a container that must not run as root would. */
export function verifyRunAsNonRoot(
  pod: Pod,
  container: AnyContainer,
  image: Pick<Image, 'uid' | 'username'> | undefined,
): void {
  const { runAsNonRoot, runAsUser } = effectiveSecurityContext(pod, container)
  if (!runAsNonRoot) return
  const where = `(pod: ${quote(podText(pod))}, container: ${container.name})`
  if (runAsUser !== undefined) {
    if (runAsUser !== 0) return
    throw new ContainerConfigError(`container's runAsUser breaks non-root policy ${where}`)
  }
  if (image?.uid === 0 || (image?.uid === undefined && !image?.username))
    throw new ContainerConfigError(`container has runAsNonRoot and image will run as root ${where}`)
  if (image.username)
    throw new ContainerConfigError(
      `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`,
    )
}
