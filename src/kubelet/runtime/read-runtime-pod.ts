import { isNotFound } from '../../grpc/errors.ts'
import type {
  Container,
  ContainerStatus,
  PodSandbox,
  PodSandboxStatus,
  RuntimeService,
} from '../cri/types.ts'
import { ANNOTATIONS, LABELS } from './labels.ts'
import {
  type RuntimeContainer,
  type RuntimePod,
  type RuntimeSandbox,
  NO_RUNTIME_POD,
} from './runtime-pod.ts'

/** Reads what a container wrote as its last words; gives the runtime's own where there are none. */
export type ReadMessage = (status: ContainerStatus) => Promise<string>

export interface ReadOptions {
  readonly runtime: RuntimeService
  readonly readMessage: ReadMessage
  readonly signal: AbortSignal
}

/** Asks the runtime for a Pod. What was seen before and cannot have changed is not asked for again. */
export async function readRuntimePod(
  options: ReadOptions,
  podUid: string,
  before: RuntimePod = NO_RUNTIME_POD,
): Promise<RuntimePod> {
  const { runtime, signal } = options
  const filter = { labelSelector: { [LABELS.podUid]: podUid } }
  const [sandboxes, containers] = await Promise.all([
    runtime.listPodSandbox(filter, { signal }),
    runtime.listContainers(filter, { signal }),
  ])
  const [readSandboxes, readContainers] = await Promise.all([
    Promise.all(sandboxes.map((each) => readSandbox(options, each, before))),
    Promise.all(containers.map((each) => readContainer(options, each, before))),
  ])
  return {
    sandboxes: readSandboxes.filter((each) => each !== undefined).toSorted(newestFirst),
    containers: readContainers.filter((each) => each !== undefined).toSorted(newestFirst),
  }
}

/** What a worker made: its Pod's sandbox, or a container in it. */
export interface Made {
  readonly sandboxId: string
  readonly containerId?: string
}

/** Asks the runtime for what was just made, and takes the rest to be as it was. */
export async function readMade(
  options: ReadOptions,
  { sandboxId, containerId: id }: Made,
  before: RuntimePod,
): Promise<RuntimePod> {
  const listed = { podSandboxId: sandboxId, state: 'CONTAINER_RUNNING', labels: {} } as const
  const [sandbox, container] = await Promise.all([
    readSandbox(options, { id: sandboxId, state: 'SANDBOX_READY' }, before),
    id === undefined ? undefined : readContainer(options, { id, ...listed }, before),
  ])
  return {
    sandboxes: withMade(before.sandboxes, sandbox),
    containers: withMade(before.containers, container),
  }
}

function withMade<T extends RuntimeSandbox | RuntimeContainer>(
  all: readonly T[],
  made: T | undefined,
): readonly T[] {
  if (!made) return all
  return [made, ...all.filter(({ id }) => id !== made.id)].toSorted(newestFirst)
}

function newestFirst(
  a: { readonly createdAtMs: number; readonly attempt: number },
  b: { readonly createdAtMs: number; readonly attempt: number },
): number {
  return b.createdAtMs - a.createdAtMs || b.attempt - a.attempt
}

async function readSandbox(
  { runtime, signal }: ReadOptions,
  { id, state }: Pick<PodSandbox, 'id' | 'state'>,
  before: RuntimePod,
): Promise<RuntimeSandbox | undefined> {
  const ready = state === 'SANDBOX_READY'
  const known = before.sandboxes.find((each) => each.id === id)
  if (known?.ready === ready) return known
  const status = await unlessGone(runtime.podSandboxStatus(id, false, { signal }))
  return status?.status && sandboxFrom(status.status)
}

function sandboxFrom(status: PodSandboxStatus): RuntimeSandbox {
  const { id, metadata, state, createdAt, network, linux } = status
  const ips = [network?.ip ?? '', ...(network?.additionalIps.map(({ ip }) => ip) ?? [])]
  return {
    id,
    attempt: metadata?.attempt ?? 0,
    ready: state === 'SANDBOX_READY',
    createdAtMs: milliseconds(createdAt),
    ips: ips.filter((ip) => ip !== ''),
    hostNetwork: linux?.namespaces?.options?.network === 'NODE',
  }
}

type ListedContainer = Pick<Container, 'id' | 'state' | 'podSandboxId' | 'labels'>

async function readContainer(
  options: ReadOptions,
  container: ListedContainer,
  before: RuntimePod,
): Promise<RuntimeContainer | undefined> {
  const { runtime, signal } = options
  const state = STATES[container.state]
  const known = before.containers.find((each) => each.id === container.id)
  if (known && known.state === state && state !== 'unknown') return known
  const answer = await unlessGone(runtime.containerStatus(container.id, false, { signal }))
  const status = answer?.status
  if (!status) return undefined
  const ended = status.state === 'CONTAINER_EXITED'
  const message = ended ? await options.readMessage(status) : status.message
  return containerFrom(container, status, message)
}

const STATES = {
  CONTAINER_CREATED: 'created',
  CONTAINER_RUNNING: 'running',
  CONTAINER_EXITED: 'exited',
  CONTAINER_UNKNOWN: 'unknown',
} as const

function containerFrom(
  { podSandboxId, labels }: ListedContainer,
  status: ContainerStatus,
  message: string,
): RuntimeContainer {
  const { annotations, metadata, resources, user } = status
  const recursiveReadOnly = status.mounts.filter((mount) => mount.recursiveReadOnly)
  return {
    name: labels[LABELS.containerName] ?? metadata?.name ?? '',
    id: status.id,
    sandboxId: podSandboxId,
    attempt: Number(annotations[ANNOTATIONS.restartCount] ?? metadata?.attempt ?? 0),
    state: STATES[status.state],
    createdAtMs: milliseconds(status.createdAt),
    startedAtMs: milliseconds(status.startedAt),
    finishedAtMs: milliseconds(status.finishedAt),
    exitCode: status.exitCode,
    reason: status.reason,
    message,
    image: status.image?.image ?? '',
    imageRef: status.imageRef,
    logPath: status.logPath,
    hash: annotations[ANNOTATIONS.hash] ?? '',
    annotations,
    ...(resources?.linux && { resources: resources.linux }),
    ...(user?.linux && { user: user.linux }),
    ...(status.stopSignal !== 'RUNTIME_DEFAULT' && { stopSignal: status.stopSignal }),
    ...(recursiveReadOnly.length > 0 && {
      recursiveReadOnly: recursiveReadOnly.map(({ containerPath }) => containerPath),
    }),
  }
}

async function unlessGone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

function milliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000_000n)
}
