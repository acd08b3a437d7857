import { bool, int32, listOf, ref, string } from '../../../schema/field.ts'
import { EnvFromSource, EnvVar } from './env.ts'
import { Lifecycle, Probe } from './probe.ts'
import { ResourceRequirements } from './resources.ts'
import { SecurityContext } from './security.ts'
import { VolumeDevice, VolumeMount } from './volume.ts'
import { message } from './group.ts'

export class ContainerPort extends message('A network port of a container.', {
  name: string(1, 'Name of the port, unique in the Pod, usable as targetPort of a Service.'),
  hostPort: int32(
    2,
    'Port to open on the node, 1 to 65535. Unset opens none. Equals containerPort under hostNetwork.',
  ),
  containerPort: int32(3, 'Port in the network namespace of the Pod, 1 to 65535.').required(),
  protocol: string(4, 'Protocol of the port: TCP, UDP or SCTP. Defaults to TCP.')
    .oneOf('TCP', 'UDP', 'SCTP')
    .default('TCP')
    .told(),
  hostIP: string(5, 'Address of the node to bind hostPort to. Unset binds all addresses.'),
}) {}

export class ContainerResizePolicy extends message(
  'What happens to a container when one of its resources is resized.',
  {
    resourceName: string(1, 'Resource the policy is about: cpu or memory.').required(),
    restartPolicy: string(
      2,
      'NotRequired resizes in place; RestartContainer restarts. Defaults to NotRequired.',
    ).required(),
  },
) {}

export class ContainerRestartRuleOnExitCodes extends message(
  'Matches the exit code of a container against a set.',
  {
    operator: string(1, 'In matches codes in values; NotIn matches all others.').requiredDropped(),
    values: listOf('int32', 2, 'Exit codes to compare with, at most 255 of them.').set(),
  },
) {}

export class ContainerRestartRule extends message(
  'What to do when a container exits in a given way.',
  {
    action: string(
      1,
      'What to do on a match: Restart this container, or RestartAllContainers of the Pod.',
    ).requiredDropped(),
    exitCodes: ref(ContainerRestartRuleOnExitCodes, 2, 'Exit codes that the rule applies to.'),
  },
) {}

export class Container extends message('One container of a Pod: its image and how to run it.', {
  name: string(
    1,
    'Name of the container, a DNS label unique in the Pod. Cannot change.',
  ).required(),
  image: string(2, 'Image to run. May be left out where a higher-level controller fills it in.'),
  command: listOf(
    'string',
    3,
    'Entrypoint, run without a shell. Unset uses the ENTRYPOINT of the image. $(VAR) references are expanded.',
  ).atomic(),
  args: listOf(
    'string',
    4,
    'Arguments to the entrypoint. Unset uses the CMD of the image. $(VAR) references are expanded.',
  ).atomic(),
  workingDir: string(5, 'Working directory. Unset uses the one of the image or runtime.'),
  ports: listOf(
    ContainerPort,
    6,
    'Ports the container listens on. Informative, except for hostPort; unlisted ports stay reachable.',
  )
    .mapKeys('containerPort', 'protocol')
    .patch('merge', 'containerPort'),
  envFrom: listOf(
    EnvFromSource,
    19,
    'Sources that add all their keys as environment variables. Later sources win; env overrides them.',
  ).atomic(),
  env: listOf(EnvVar, 7, 'Environment variables to set in the container.')
    .mapKeys('name')
    .patch('merge', 'name'),
  resources: ref(
    ResourceRequirements,
    8,
    'Compute resources the container requests and may use at most.',
  ).written(),
  resizePolicy: listOf(
    ContainerResizePolicy,
    23,
    'Whether the container restarts when a given resource is resized in place.',
  ).atomic(),
  restartPolicy: string(
    24,
    'Overrides the restartPolicy of the Pod. Always on an init container makes it a sidecar.',
  ).pointer(),
  restartPolicyRules: listOf(
    ContainerRestartRule,
    25,
    'Rules checked in order when the container exits; the first match overrides restartPolicy.',
  ).atomic(),
  volumeMounts: listOf(VolumeMount, 9, 'Pod volumes to mount into the filesystem of the container.')
    .mapKeys('mountPath')
    .patch('merge', 'mountPath'),
  volumeDevices: listOf(VolumeDevice, 21, 'Raw block devices to expose in the container.')
    .mapKeys('devicePath')
    .patch('merge', 'devicePath'),
  livenessProbe: ref(
    Probe,
    10,
    'Check that restarts the container when it fails. Unset means always alive.',
  ),
  readinessProbe: ref(
    Probe,
    11,
    'Check that takes the Pod out of Service endpoints while it fails. Unset means always ready.',
  ),
  startupProbe: ref(
    Probe,
    22,
    'Check that must succeed before other probes begin. On failure the container restarts.',
  ),
  lifecycle: ref(
    Lifecycle,
    12,
    'Actions run just after the container starts and just before it stops.',
  ),
  terminationMessagePath: string(
    13,
    'File in the container whose content becomes the termination message. Defaults to /dev/termination-log.',
  ).default('/dev/termination-log'),
  terminationMessagePolicy: string(
    20,
    'Whether the message comes only from the file, or from the log tail after a failure. Defaults to File.',
  )
    .oneOf('File', 'FallbackToLogsOnError')
    .default('File'),
  imagePullPolicy: string(
    14,
    'When to pull the image. Defaults to Always for the :latest tag, otherwise IfNotPresent.',
  ).oneOf('Always', 'Never', 'IfNotPresent'),
  securityContext: ref(
    SecurityContext,
    15,
    'Security settings of the container; they override those of the Pod.',
  ),
  stdin: bool(
    16,
    'Keeps a buffer open for stdin. When false, reads see end of file. Defaults to false.',
  ),
  stdinOnce: bool(17, 'Closes stdin after the first attached client leaves. Defaults to false.'),
  tty: bool(18, 'Allocates a terminal for the container; needs stdin. Defaults to false.'),
}) {}

export class ContainerExtendedResourceRequest extends message(
  'Links an extended resource of a container to a request in a generated ResourceClaim.',
  {
    containerName: string(1, 'Name of the container that asks for the resource.').required(),
    resourceName: string(2, 'Name of the extended resource asked for.').required(),
    requestName: string(
      3,
      'Name of the request in the ResourceClaim that provides the resource.',
    ).required(),
  },
) {}

export class EphemeralContainer extends message(
  'A temporary container added to a running Pod, mostly for debugging. It is never restarted.',
  {
    name: string(1, 'Name of the container, a DNS label unique among all containers of the Pod.')
      .required()
      .within(1),
    image: string(2, 'Image to run, as in a registry: name, with tag or digest.').within(1),
    command: listOf(
      'string',
      3,
      'Entrypoint, run without a shell. Unset uses the ENTRYPOINT of the image. $(VAR) references are expanded.',
    )
      .atomic()
      .within(1),
    args: listOf(
      'string',
      4,
      'Arguments to the entrypoint. Unset uses the CMD of the image. $(VAR) references are expanded.',
    )
      .atomic()
      .within(1),
    workingDir: string(5, 'Working directory. Unset uses the one of the image or runtime.').within(
      1,
    ),
    ports: listOf(ContainerPort, 6, 'Not allowed for ephemeral containers.')
      .mapKeys('containerPort', 'protocol')
      .patch('merge', 'containerPort')
      .within(1),
    envFrom: listOf(
      EnvFromSource,
      19,
      'Sources that add all their keys as environment variables. Later sources win; env overrides them.',
    )
      .atomic()
      .within(1),
    env: listOf(EnvVar, 7, 'Environment variables to set in the container.')
      .mapKeys('name')
      .patch('merge', 'name')
      .within(1),
    resources: ref(
      ResourceRequirements,
      8,
      'Not allowed; an ephemeral container uses what is spare in the Pod.',
    )
      .written()
      .within(1),
    resizePolicy: listOf(ContainerResizePolicy, 23, 'Not allowed for ephemeral containers.')
      .atomic()
      .within(1),
    restartPolicy: string(24, 'Not allowed; ephemeral containers are not restarted.')
      .pointer()
      .within(1),
    restartPolicyRules: listOf(ContainerRestartRule, 25, 'Not allowed for ephemeral containers.')
      .atomic()
      .within(1),
    volumeMounts: listOf(
      VolumeMount,
      9,
      'Pod volumes to mount into the container. subPath mounts are not allowed.',
    )
      .mapKeys('mountPath')
      .patch('merge', 'mountPath')
      .within(1),
    volumeDevices: listOf(VolumeDevice, 21, 'Raw block devices to expose in the container.')
      .mapKeys('devicePath')
      .patch('merge', 'devicePath')
      .within(1),
    livenessProbe: ref(Probe, 10, 'Not allowed for ephemeral containers.').within(1),
    readinessProbe: ref(Probe, 11, 'Not allowed for ephemeral containers.').within(1),
    startupProbe: ref(Probe, 22, 'Not allowed for ephemeral containers.').within(1),
    lifecycle: ref(Lifecycle, 12, 'Not allowed for ephemeral containers.').within(1),
    terminationMessagePath: string(
      13,
      'File in the container whose content becomes the termination message. Defaults to /dev/termination-log.',
    )
      .default('/dev/termination-log')
      .within(1),
    terminationMessagePolicy: string(
      20,
      'Whether the message comes only from the file, or from the log tail after a failure. Defaults to File.',
    )
      .oneOf('File', 'FallbackToLogsOnError')
      .default('File')
      .within(1),
    imagePullPolicy: string(
      14,
      'When to pull the image. Defaults to Always for the :latest tag, otherwise IfNotPresent.',
    )
      .oneOf('Always', 'Never', 'IfNotPresent')
      .within(1),
    securityContext: ref(
      SecurityContext,
      15,
      'Security settings of the ephemeral container; they override those of the Pod.',
    ).within(1),
    stdin: bool(
      16,
      'Keeps a buffer open for stdin. When false, reads see end of file. Defaults to false.',
    ).within(1),
    stdinOnce: bool(
      17,
      'Closes stdin after the first attached client leaves. Defaults to false.',
    ).within(1),
    tty: bool(18, 'Allocates a terminal for the container; needs stdin. Defaults to false.').within(
      1,
    ),
    targetContainerName: string(
      2,
      'Container whose process namespace is joined. Unset uses the namespaces of the Pod.',
    ),
  },
) {}

export class EphemeralContainerCommon extends message(
  'The fields an EphemeralContainer shares with Container.',
  {
    name: string(
      1,
      'Name of the container, a DNS label unique among all containers of the Pod.',
    ).required(),
    image: string(2, 'Image to run, as in a registry: name, with tag or digest.'),
    command: listOf(
      'string',
      3,
      'Entrypoint, run without a shell. Unset uses the ENTRYPOINT of the image. $(VAR) references are expanded.',
    ).atomic(),
    args: listOf(
      'string',
      4,
      'Arguments to the entrypoint. Unset uses the CMD of the image. $(VAR) references are expanded.',
    ).atomic(),
    workingDir: string(5, 'Working directory. Unset uses the one of the image or runtime.'),
    ports: listOf(ContainerPort, 6, 'Not allowed for ephemeral containers.')
      .mapKeys('containerPort', 'protocol')
      .patch('merge', 'containerPort'),
    envFrom: listOf(
      EnvFromSource,
      19,
      'Sources that add all their keys as environment variables. Later sources win; env overrides them.',
    ).atomic(),
    env: listOf(EnvVar, 7, 'Environment variables to set in the container.')
      .mapKeys('name')
      .patch('merge', 'name'),
    resources: ref(
      ResourceRequirements,
      8,
      'Not allowed; an ephemeral container uses what is spare in the Pod.',
    ).written(),
    resizePolicy: listOf(
      ContainerResizePolicy,
      23,
      'Not allowed for ephemeral containers.',
    ).atomic(),
    restartPolicy: string(24, 'Not allowed; ephemeral containers are not restarted.').pointer(),
    restartPolicyRules: listOf(
      ContainerRestartRule,
      25,
      'Not allowed for ephemeral containers.',
    ).atomic(),
    volumeMounts: listOf(
      VolumeMount,
      9,
      'Pod volumes to mount into the container. subPath mounts are not allowed.',
    )
      .mapKeys('mountPath')
      .patch('merge', 'mountPath'),
    volumeDevices: listOf(VolumeDevice, 21, 'Raw block devices to expose in the container.')
      .mapKeys('devicePath')
      .patch('merge', 'devicePath'),
    livenessProbe: ref(Probe, 10, 'Not allowed for ephemeral containers.'),
    readinessProbe: ref(Probe, 11, 'Not allowed for ephemeral containers.'),
    startupProbe: ref(Probe, 22, 'Not allowed for ephemeral containers.'),
    lifecycle: ref(Lifecycle, 12, 'Not allowed for ephemeral containers.'),
    terminationMessagePath: string(
      13,
      'File in the container whose content becomes the termination message. Defaults to /dev/termination-log.',
    ),
    terminationMessagePolicy: string(
      20,
      'Whether the message comes only from the file, or from the log tail after a failure. Defaults to File.',
    ).oneOf('File', 'FallbackToLogsOnError'),
    imagePullPolicy: string(
      14,
      'When to pull the image. Defaults to Always for the :latest tag, otherwise IfNotPresent.',
    ).oneOf('Always', 'Never', 'IfNotPresent'),
    securityContext: ref(
      SecurityContext,
      15,
      'Security settings of the ephemeral container; they override those of the Pod.',
    ),
    stdin: bool(
      16,
      'Keeps a buffer open for stdin. When false, reads see end of file. Defaults to false.',
    ),
    stdinOnce: bool(17, 'Closes stdin after the first attached client leaves. Defaults to false.'),
    tty: bool(18, 'Allocates a terminal for the container; needs stdin. Defaults to false.'),
  },
) {}
