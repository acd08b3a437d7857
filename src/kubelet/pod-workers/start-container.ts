import type { AnyContainer } from '../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { containerConfig } from '../containers/container-config.ts'
import { containerEnvironment } from '../containers/environment.ts'
import { hostsFile, nodeHostsFile } from '../containers/hosts-file.ts'
import { podHostname } from '../containers/hostname.ts'
import { imagePullCredentials } from '../containers/pull-credentials.ts'
import { verifyRunAsNonRoot } from '../containers/security-context.ts'
import { serviceEnvironment } from '../containers/service-environment.ts'
import type { Mount } from '../cri/container-messages.ts'
import type { ContainerConfig, Input, PodSandboxConfig } from '../cri/types.ts'
import { withCpus } from '../cpus/with-cpus.ts'
import { GrpcError } from '../../grpc/errors.ts'
import { deviceEnvironment, withDevices } from '../devices/with-devices.ts'
import { runHook } from '../lifecycle/run-hook.ts'
import { withMemory } from '../memory/with-memory.ts'
import type { RuntimePod } from '../runtime/runtime-pod.ts'
import { newestRun } from '../runtime/runtime-pod.ts'
import type { UserMapping } from '../user-namespaces/user-namespaces.ts'
import { containerWithUsers } from '../user-namespaces/with-users.ts'
import type { MountedVolumes } from '../volumes/pod-volumes.ts'
import type { StartStep, Waiting } from './plan-types.ts'
import { containerEvents } from './pod-events.ts'
import { podText } from './plan-draft.ts'
import type { WorkerContext } from './worker-context.ts'

/** A container could not be started: what its status and the log say. */
export class StartError extends Error {
  override readonly name = 'StartError'
  readonly waiting: Waiting

  constructor(reason: string, message: string) {
    super(`${reason}: ${message}`)
    this.waiting = { reason, message }
  }
}

/** The Pod that a container is started in. */
export interface StartTarget {
  readonly pod: Pod
  readonly podIPs: readonly string[]
  readonly runtime: RuntimePod
  readonly sandboxId: string
  readonly sandboxConfig: Input<PodSandboxConfig>
  readonly mounted: MountedVolumes
  /** The Pod's own users; undefined where it has the node's. */
  readonly users: UserMapping | undefined
  /** Told when the container runs and its postStart hook is about to; and when that is through. */
  readonly hooking: (containerId: string, running: boolean) => void
}

/** Pulls the image, makes and starts the container and runs its postStart hook; gives its id. Rejects with a `StartError`. */
export async function startContainer(
  context: WorkerContext,
  target: StartTarget,
  step: StartStep,
  signal: AbortSignal,
): Promise<string> {
  const { runtime, recorder } = context
  const { pod, sandboxId } = target
  const { container } = step
  const tell = containerEvents(recorder, pod, container.name)
  const imageRef = await ensureImage(context, target, container, container, signal)
  for (const volume of imageVolumes(pod, container))
    await ensureImage(context, target, container, volume, signal)
  await context.devices
    .preStart(pod.metadata.uid, container.name, signal)
    .catch(failed('CreateContainerConfigError', tell, signal))
  const config = await configured(context, target, step, imageRef, signal).catch(
    failed('CreateContainerConfigError', tell, signal),
  )
  const id = await runtime
    .createContainer(sandboxId, config, target.sandboxConfig, { signal })
    .catch(failed('CreateContainerError', tell, signal))
  tell('Normal', 'Created', 'Container created')
  const postStart = container.lifecycle?.postStart
  if (postStart) target.hooking(id, true)
  try {
    await runtime.startContainer(id, { signal }).catch(failed('RunContainerError', tell, signal))
    tell('Normal', 'Started', 'Container started')
    await followCpus(context, target, step, { id, config }, signal)
    if (postStart) await runPostStart(context, target, step, id, signal)
  } finally {
    if (postStart) target.hooking(id, false)
  }
  return id
}

/** Others may have taken CPUs for themselves since the container was made. */
async function followCpus(
  { cpus, runtime }: WorkerContext,
  { pod }: StartTarget,
  { container }: StartStep,
  { id, config }: { readonly id: string; readonly config: Input<ContainerConfig> },
  signal: AbortSignal,
): Promise<void> {
  const cpusetCpus = cpus.cpuset(pod.metadata.uid, container.name)
  if (cpusetCpus === (config.linux?.resources?.cpusetCpus ?? '')) return
  await runtime.updateContainerResources(id, { cpusetCpus }, { signal })
}

type Tell = ReturnType<typeof containerEvents>

function failed(reason: string, tell: Tell, signal: AbortSignal): (error: unknown) => never {
  return (error) => {
    signal.throwIfAborted()
    // What the runtime says, in its own words.
    const message = error instanceof GrpcError ? error.details : (error as Error).message
    tell('Warning', 'Failed', `Error: ${message}`)
    throw new StartError(reason, message)
  }
}

/** The images that a container mounts (KEP-4639). */
function imageVolumes(
  { spec }: Pod,
  { volumeMounts = [] }: AnyContainer,
): readonly Pick<AnyContainer, 'image' | 'imagePullPolicy'>[] {
  const names = new Set(volumeMounts.map(({ name }) => name))
  return (spec.volumes ?? []).flatMap(({ name, image }) =>
    image?.reference && names.has(name)
      ? [{ image: image.reference, ...(image.pullPolicy && { imagePullPolicy: image.pullPolicy }) }]
      : [],
  )
}

async function ensureImage(
  context: WorkerContext,
  { pod, sandboxConfig }: StartTarget,
  container: AnyContainer,
  { image = '', imagePullPolicy }: Pick<AnyContainer, 'image' | 'imagePullPolicy'>,
  signal: AbortSignal,
): Promise<string> {
  const { imageManager, recorder, references } = context
  const tell = containerEvents(recorder, pod, container.name)
  const ensured = await imageManager.ensureImage({
    podUID: pod.metadata.uid,
    image,
    policy: imagePullPolicy ?? 'IfNotPresent',
    credentials: async () => [
      ...(await imagePullCredentials(pod, image, references, context.hash)),
      ...(await context.credentialProviders.credentials(image)),
    ],
    sandboxConfig,
    report: ({ type, reason, message }) => tell(type, reason, message),
    signal,
  })
  if (ensured.ok) return ensured.imageRef
  tell('Warning', 'Failed', `Error: ${ensured.reason}`)
  throw new StartError(ensured.reason, ensured.message)
}

async function configured(
  context: WorkerContext,
  target: StartTarget,
  { container, previous }: StartStep,
  imageRef: string,
  signal: AbortSignal,
): Promise<Input<ContainerConfig>> {
  const { pod, podIPs, runtime, mounted } = target
  await verifyUser(context, pod, container, imageRef, signal)
  const services = await context.services()
  const grants = context.devices.granted(pod.metadata.uid, container.name)
  const given = Object.values(grants).map(({ response }) => response)
  const cdiDevices = context.dra.cdiDevices(pod, container).map((name) => ({ name }))
  const environment = await containerEnvironment(pod, container, {
    references: context.references,
    podIPs,
    allocatable: context.allocatable(),
    volumeFile: async (volume, path) => {
      const directory = mounted.get(volume)?.hostPath
      return directory === undefined ? undefined : context.files.readBelow(directory, path)
    },
    services: new Map([
      ...serviceEnvironment(services, pod.metadata.namespace, pod.spec.enableServiceLinks ?? true),
      ...deviceEnvironment(given),
    ]),
  })
  const attempt = previous ? previous.attempt + 1 : reportedAttempt(pod, container.name)
  const [own, volumes] = await Promise.all([
    ownMounts(context, target, container, attempt),
    context.volumes.containerMounts(pod, container, mounted, {
      environment,
      recursiveReadOnly: await context.recursiveReadOnly(pod),
      imageSubPaths: context.imageSubPaths,
    }),
    context.files.prepareContainer(pod, container.name),
  ])
  const targetName = 'targetContainerName' in container ? container.targetContainerName : undefined
  const targetId = targetName ? newestRun(runtime, targetName)?.id : undefined
  const config = containerConfig(pod, container, {
    attempt,
    imageRef,
    environment,
    mounts: [...volumes, ...own],
    devices: context.volumes.containerDevices(container, mounted),
    memory: context.memoryCapacity,
    seccompDir: context.files.seccompDir,
    seccompDefault: context.seccompDefault,
    ...(targetId !== undefined && { targetId }),
  })
  const { uid } = pod.metadata
  const equipped = withDevices({ ...config, cdiDevices }, given)
  const onCpus = withCpus(equipped, context.cpus, uid, container.name)
  const placed = withMemory(onCpus, context.memory, uid, container.name)
  return containerWithUsers(placed, target.users)
}

// The runtime may have forgotten runs that were reported.
function reportedAttempt({ status }: Pod, name: string): number {
  const all = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])]
  const reported = all.find((each) => each.name === name)
  return reported?.containerID ? reported.restartCount + 1 : 0
}

async function verifyUser(
  { images }: WorkerContext,
  pod: Pod,
  container: AnyContainer,
  imageRef: string,
  signal: AbortSignal,
): Promise<void> {
  const own = container.securityContext?.runAsNonRoot ?? pod.spec.securityContext.runAsNonRoot
  if (!own) return
  verifyRunAsNonRoot(pod, container, await images.imageStatus({ image: imageRef }, { signal }))
}

/** What every container gets: /etc/hosts, and where to write its last words. */
async function ownMounts(
  { files, clusterDns }: WorkerContext,
  { pod, podIPs }: StartTarget,
  container: AnyContainer,
  attempt: number,
): Promise<readonly Input<Mount>[]> {
  const mounts: Input<Mount>[] = []
  const taken = new Set((container.volumeMounts ?? []).map(({ mountPath }) => mountPath))
  if (!taken.has('/etc/hosts')) {
    const content = pod.spec.hostNetwork
      ? nodeHostsFile(await files.nodeHosts(), pod.spec.hostAliases)
      : hostsFile(podIPs, podHostname(pod, clusterDns.domain), pod.spec.hostAliases)
    const hostPath = await files.writeHosts(pod, content)
    mounts.push({ containerPath: '/etc/hosts', hostPath })
  }
  const { terminationMessagePath } = container
  if (terminationMessagePath) {
    const hostPath = await files.makeTerminationLog(pod, container.name, attempt)
    mounts.push({ containerPath: terminationMessagePath, hostPath })
  }
  return mounts
}

async function runPostStart(
  context: WorkerContext,
  { pod, podIPs }: StartTarget,
  { container }: StartStep,
  containerId: string,
  signal: AbortSignal,
): Promise<void> {
  const target = { container, containerId, podIP: podIPs[0] ?? '' }
  try {
    await runHook(context, container.lifecycle!.postStart!, target, signal)
  } catch (error) {
    signal.throwIfAborted()
    const tell = containerEvents(context.recorder, pod, container.name)
    tell('Warning', 'FailedPostStartHook', 'PostStartHook failed')
    tell('Normal', 'Killing', `FailedPostStartHook`)
    context.logger.info('A postStart hook failed', { pod: podText(pod), error: String(error) })
    await context.runtime.stopContainer(containerId, pod.spec.terminationGracePeriodSeconds)
    throw new StartError('PostStartHookError', (error as Error).message)
  }
}
