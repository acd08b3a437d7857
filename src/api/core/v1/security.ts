import { bool, int64, listOf, ref, string } from '../../../schema/field.ts'
import { message } from './group.ts'

export class AppArmorProfile extends message(
  'The AppArmor profile that confines a Pod or container.',
  {
    type: string(1, 'Where the profile comes from: Localhost, RuntimeDefault or Unconfined.')
      .oneOf('Unconfined', 'RuntimeDefault', 'Localhost')
      .required(),
    localhostProfile: string(
      2,
      'Name of a profile already loaded on the node. Set only, and always, with type Localhost.',
    ).pointer(),
  },
) {}

export class Capabilities extends message(
  'Linux capabilities to give to or take from a container.',
  {
    add: listOf('string', 1, 'Capabilities to add, such as NET_ADMIN.').atomic(),
    drop: listOf('string', 2, 'Capabilities to remove; ALL removes every one.').atomic(),
  },
) {}

export class SELinuxOptions extends message('SELinux labels for a container.', {
  user: string(1, 'User part of the SELinux label of the container.'),
  role: string(2, 'Role part of the SELinux label of the container.'),
  type: string(3, 'Type part of the SELinux label of the container.'),
  level: string(4, 'Level part of the SELinux label of the container.'),
}) {}

export class SeccompProfile extends message(
  'The seccomp profile that filters system calls of a Pod or container.',
  {
    type: string(1, 'Where the profile comes from: Localhost, RuntimeDefault or Unconfined.')
      .oneOf('Unconfined', 'RuntimeDefault', 'Localhost')
      .required(),
    localhostProfile: string(
      2,
      'Path of a profile file below the seccomp directory of the kubelet. Set only, and always, with type Localhost.',
    ).pointer(),
  },
) {}

export class WindowsSecurityContextOptions extends message(
  'Security settings for Windows containers.',
  {
    gmsaCredentialSpecName: string(
      1,
      'Name of the credential spec of the group managed service account to use.',
    ).pointer(),
    gmsaCredentialSpec: string(
      2,
      'Content of the GMSA credential spec, filled in by the GMSA webhook from its name.',
    ).pointer(),
    runAsUserName: string(
      3,
      'Windows user name of the first process. Defaults to that of the image.',
    ).pointer(),
    hostProcess: bool(
      4,
      'Runs as a HostProcess container. Must be equal for all containers and needs hostNetwork. Defaults to false.',
    ).pointer(),
  },
) {}

export class SecurityContext extends message(
  'Security settings of one container; they override those of the Pod.',
  {
    capabilities: ref(
      Capabilities,
      1,
      'Linux capabilities to add or drop. Defaults to the set of the runtime.',
    ),
    privileged: bool(
      2,
      'Gives the container much the same power as root on the node. Defaults to false.',
    ).pointer(),
    seLinuxOptions: ref(
      SELinuxOptions,
      3,
      'SELinux context of the container. Unset uses that of the Pod, else one from the runtime.',
    ),
    windowsOptions: ref(
      WindowsSecurityContextOptions,
      10,
      'Windows settings of the container. Unset uses those of the Pod.',
    ),
    runAsUser: int64(
      4,
      'User ID of the first process. Unset uses that of the Pod, else of the image.',
    ).pointer(),
    runAsGroup: int64(
      8,
      'Primary group ID of the first process. Unset uses that of the Pod, else of the runtime.',
    ).pointer(),
    runAsNonRoot: bool(
      5,
      'When true, the kubelet refuses to start the container as UID 0. Unset follows the Pod.',
    ).pointer(),
    readOnlyRootFilesystem: bool(
      6,
      'Makes the root filesystem read-only. Defaults to false.',
    ).pointer(),
    allowPrivilegeEscalation: bool(
      7,
      'Whether a process can gain more rights than its parent. Always true if privileged or with CAP_SYS_ADMIN.',
    ).pointer(),
    procMount: string(
      9,
      'Default masks sensitive parts of /proc; Unmasked does not. Defaults to Default.',
    )
      .oneOf('Default', 'Unmasked')
      .pointer(),
    seccompProfile: ref(
      SeccompProfile,
      11,
      'Seccomp profile of the container. Unset uses that of the Pod.',
    ),
    appArmorProfile: ref(
      AppArmorProfile,
      12,
      'AppArmor profile of the container. Unset uses that of the Pod.',
    ),
  },
) {}

export class Sysctl extends message('A kernel parameter to set.', {
  name: string(1, 'Name of the parameter, such as net.core.somaxconn.').required(),
  value: string(2, 'Value that the kernel parameter is set to.').required(),
}) {}

export class PodSecurityContext extends message(
  'Security settings for the whole Pod and defaults for its containers.',
  {
    seLinuxOptions: ref(
      SELinuxOptions,
      1,
      'SELinux context of all containers. Unset lets the runtime pick one per container.',
    ),
    windowsOptions: ref(
      WindowsSecurityContextOptions,
      8,
      'Windows settings of all containers. Not allowed when os.name is linux.',
    ),
    runAsUser: int64(
      2,
      'User ID of the first process of each container. Defaults to that of the image.',
    ).pointer(),
    runAsGroup: int64(
      6,
      'Primary group ID of the first process of each container. Unset uses the runtime default.',
    ).pointer(),
    runAsNonRoot: bool(
      3,
      'When true, the kubelet refuses to start a container that would run as UID 0.',
    ).pointer(),
    supplementalGroups: listOf(
      'int64',
      4,
      'Group IDs added to the first process of each container, besides runAsGroup and fsGroup.',
    ).atomic(),
    supplementalGroupsPolicy: string(
      12,
      'Merge keeps groups the image gives the user; Strict uses only those of the Pod. Defaults to Merge.',
    )
      .oneOf('Merge', 'Strict')
      .pointer(),
    fsGroup: int64(
      5,
      'Group ID that owns volumes that support it and is added to each container. Unset changes nothing.',
    ).pointer(),
    sysctls: listOf(
      Sysctl,
      7,
      'Namespaced sysctls to set for the Pod. Unsupported ones keep it from starting.',
    ).atomic(),
    fsGroupChangePolicy: string(
      9,
      'OnRootMismatch changes ownership only if the volume root differs; Always does so each time. Defaults to Always.',
    )
      .oneOf('OnRootMismatch', 'Always')
      .pointer(),
    seccompProfile: ref(SeccompProfile, 10, 'Seccomp profile of all containers.'),
    appArmorProfile: ref(AppArmorProfile, 11, 'AppArmor profile of all containers.'),
    seLinuxChangePolicy: string(
      13,
      'How volumes get the SELinux label: MountOption or Recursive. Defaults to MountOption where supported.',
    ).pointer(),
  },
) {}
