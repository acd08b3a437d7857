import { isPodReady, isPodTerminal, podCondition } from '../../api/core/v1/pod-conditions.ts'
import type { ContainerStatus } from '../../api/core/v1/common.ts'
import { Node } from '../../api/core/v1/node.ts'
import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { claimsOfPod } from '../../api/core/v1/pod-volumes.ts'
import { explainPod } from '../../scheduler/explain/explain-pod.ts'
import type { FailedCheck, NodeExplanation } from '../../scheduler/explain/explain.ts'
import type { Reason } from './answer.ts'
import { whyClaim } from './claim.ts'
import { warningsAbout } from './events.ts'
import { type Asking, find } from './asking.ts'

/** Why a Pod is not running and ready. */
export async function whyPod(pod: Pod, asking: Asking): Promise<Reason> {
  const name = `pod/${pod.metadata.name}`
  if (isPodTerminal(pod)) {
    const { phase, reason, message } = pod.status
    const why = [reason, message].filter(Boolean).join(': ')
    return {
      text: `${name} has ended: ${phase}${why && `: ${why}`}`,
      because: endedContainers(pod),
    }
  }
  if (!pod.spec.nodeName) return whyUnscheduled(name, pod, asking)
  if (isPodReady(pod)) return { text: `${name} is running and ready.` }
  return {
    text: `${name} is on node ${pod.spec.nodeName}, but not ready`,
    because: [
      ...(await nodeTrouble(pod.spec.nodeName, asking)),
      ...waitingContainers(pod),
      ...missingGates(pod),
      ...(await warningsAbout(asking.client, pod)),
    ],
  }
}

async function whyUnscheduled(name: string, pod: Pod, asking: Asking): Promise<Reason> {
  const told = podCondition(pod.status, 'PodScheduled')?.message
  const { heldBack, nodes, extenders = [] } = await explainPod(pod, asking)
  const claims = await unboundClaims(pod, asking)
  if (heldBack !== undefined) {
    return { text: `${name} waits: ${heldBack}`, because: [...claims, ...gateHelp(pod)] }
  }
  const fits = nodes.filter((node) => node.fits)
  // Those first that need the least to take it.
  const refusing = nodes
    .filter((node) => !node.fits)
    .toSorted((a, b) => (a.others?.length ?? 0) - (b.others?.length ?? 0))
  const because = [...claims, ...refusing.map(nodeReason)]
  if (nodes.length === 0) {
    const help = 'add a node, or make one ready'
    return { text: `${name} waits: there are no nodes`, help, because }
  }
  if (fits.length === 0) return { text: `${name} waits: ${told ?? 'no node takes it'}`, because }
  const names = fits.map(({ node }) => node).join(', ')
  for (const url of extenders)
    because.push({ text: `the extender ${url} has a say in this, and was not asked` })
  const help =
    told === undefined
      ? `see that a scheduler called ${pod.spec.schedulerName} runs`
      : 'the scheduler tries again by itself'
  return { text: `${name} waits, though it would fit on ${names} now`, help, because }
}

function nodeReason({ node, plugin, reason, change, others = [] }: NodeExplanation): Reason {
  return {
    text: `${node}: ${plugin}: ${reason}`,
    ...(change !== undefined && { help: change }),
    ...(others.length > 0 && { because: others.map(alsoFailed) }),
  }
}

function alsoFailed({ plugin, reason, change }: FailedCheck): Reason {
  const text = `and ${plugin}: ${reason}`
  return change === undefined ? { text } : { text, help: change }
}

function gateHelp({ spec }: Pod): readonly Reason[] {
  return (spec.schedulingGates ?? []).map(({ name }) => ({
    text: `scheduling gate ${name} is set`,
    help: 'whoever set it removes it from spec.schedulingGates once the Pod may go on',
  }))
}

async function unboundClaims(pod: Pod, asking: Asking): Promise<readonly Reason[]> {
  const { namespace } = pod.metadata
  const reasons = claimsOfPod(pod).map(async ({ claimName: name }) => {
    const claim = await find(asking.client, PersistentVolumeClaim, { namespace, name })
    if (!claim) {
      const help = 'create it, or name another in the Pod'
      return [{ text: `persistentvolumeclaim/${name} does not exist`, help }]
    }
    return claim.status.phase === 'Bound' ? [] : [await whyClaim(claim, asking)]
  })
  return (await Promise.all(reasons)).flat()
}

async function nodeTrouble(name: string, { client }: Asking): Promise<readonly Reason[]> {
  const node = await find(client, Node, { name })
  if (!node) return [{ text: `node ${name} does not exist any more` }]
  const ready = node.status.conditions?.find(({ type }) => type === 'Ready')
  if (ready?.status === 'True') return []
  const said = ready?.message ?? 'it has not said that it is'
  return [{ text: `node ${name} is not ready: ${said}`, help: 'start its node agent again' }]
}

function waitingContainers(pod: Pod): readonly Reason[] {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status
  return [...initContainerStatuses, ...containerStatuses].flatMap((status) => {
    const { waiting, running, terminated } = status.state
    const text = `container ${status.name}`
    if (waiting) {
      const said = [waiting.reason, waiting.message].filter(Boolean).join(': ')
      return [{ text: `${text} waits: ${said}`, ...help(waiting.reason, status, pod) }]
    }
    if (running && !status.ready && containerStatuses.includes(status)) {
      return [{ text: `${text} runs, but its ${probeOf(status, pod)} has not succeeded` }]
    }
    return terminated && terminated.exitCode !== 0 ? [ended(status, pod)] : []
  })
}

function probeOf({ name, started }: ContainerStatus, { spec }: Pod): string {
  const container = spec.containers.find((each) => each.name === name)
  return container?.startupProbe && started !== true ? 'startup probe' : 'readiness probe'
}

function help(reason: string | undefined, status: ContainerStatus, pod: Pod): Pick<Reason, 'help'> {
  const { name } = status
  const { metadata } = pod
  if (reason === 'CreateContainerConfigError')
    return { help: 'create what is missing, or mark it as optional in the Pod' }
  if (reason === 'CrashLoopBackOff') {
    const { exitCode, reason: how, message } = status.lastState.terminated ?? {}
    if (how === 'OOMKilled') return { help: moreMemory(name, pod) }
    // It has never run, so that it has left no words.
    if (how === 'StartError') return { help: `give it a command that its image has: ${message}` }
    const last = exitCode === undefined ? '' : ` (it ended with exit code ${exitCode}, ${how})`
    return {
      help: `read its last words${last}: kubectl -n ${metadata.namespace} logs ${metadata.name} -c ${name} --previous`,
    }
  }
  const isImage = reason === 'ErrImagePull' || reason === 'ImagePullBackOff'
  if (isImage || reason === 'InvalidImageName' || reason === 'ErrImageNeverPull') {
    return { help: `check the image's name and its pull secrets, or load it: ${status.image}` }
  }
  return {}
}

function moreMemory(name: string, { spec }: Pod): string {
  const container = [...(spec.initContainers ?? []), ...spec.containers].find(
    (each) => each.name === name,
  )
  const limit = container?.resources?.limits?.['memory']
  return limit === undefined
    ? 'give the node more memory, or the Pod a request for what it needs'
    : `allow it more memory than ${limit}: resources.limits.memory of container ${name}`
}

function endedContainers(pod: Pod): readonly Reason[] {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status
  return [...initContainerStatuses, ...containerStatuses]
    .filter(({ state }) => state.terminated && state.terminated.exitCode !== 0)
    .map((status) => ended(status, pod))
}

function ended({ name, state }: ContainerStatus, pod: Pod): Reason {
  const { exitCode, reason, message } = state.terminated!
  const said = [reason, message].filter(Boolean).join(': ')
  const text = `container ${name} ended with exit code ${exitCode}: ${said}`
  return reason === 'OOMKilled' ? { text, help: moreMemory(name, pod) } : { text }
}

function missingGates({ spec, status }: Pod): readonly Reason[] {
  return (spec.readinessGates ?? [])
    .filter(({ conditionType }) => podCondition(status, conditionType)?.status !== 'True')
    .map(({ conditionType }) => ({
      text: `readiness gate ${conditionType} is not True`,
      help: `whoever owns the gate sets the condition ${conditionType} in the Pod's status`,
    }))
}
