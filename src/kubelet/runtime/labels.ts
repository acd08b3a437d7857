import type { AnyContainer } from '../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { fnv1a } from '../../base/fnv.ts'

/** How sandboxes and containers tell whose they are, with upstream's names: tools such as crictl know them. */
export const LABELS = {
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
} as const

/** What must be known of a container even when its Pod is gone from the API. */
export const ANNOTATIONS = {
  hash: 'io.kubernetes.container.hash',
  resources: 'io.kubernetes.container.resources',
  restartCount: 'io.kubernetes.container.restartCount',
  terminationMessagePath: 'io.kubernetes.container.terminationMessagePath',
  terminationMessagePolicy: 'io.kubernetes.container.terminationMessagePolicy',
  preStopHandler: 'io.kubernetes.container.preStopHandler',
  ports: 'io.kubernetes.container.ports',
  podGracePeriod: 'io.kubernetes.pod.terminationGracePeriod',
  podDeletionGracePeriod: 'io.kubernetes.pod.deletionGracePeriod',
} as const

type Texts = Readonly<Record<string, string>>

export function sandboxLabels({ metadata }: Pod): Texts {
  return {
    ...metadata.labels,
    [LABELS.podName]: metadata.name,
    [LABELS.podNamespace]: metadata.namespace,
    [LABELS.podUid]: metadata.uid,
  }
}

export function containerLabels({ metadata }: Pod, container: AnyContainer): Texts {
  return {
    [LABELS.podName]: metadata.name,
    [LABELS.podNamespace]: metadata.namespace,
    [LABELS.podUid]: metadata.uid,
    [LABELS.containerName]: container.name,
  }
}

export function containerAnnotations(
  { metadata, spec }: Pod,
  container: AnyContainer,
  restartCount: number,
): Texts {
  const { lifecycle, ports, terminationMessagePath, terminationMessagePolicy } = container
  const deletionGrace = metadata.deletionGracePeriodSeconds
  return {
    [ANNOTATIONS.hash]: containerHash(container),
    [ANNOTATIONS.resources]: JSON.stringify(container.resources),
    [ANNOTATIONS.restartCount]: String(restartCount),
    [ANNOTATIONS.terminationMessagePath]: terminationMessagePath ?? '',
    [ANNOTATIONS.terminationMessagePolicy]: terminationMessagePolicy ?? 'File',
    [ANNOTATIONS.podGracePeriod]: String(spec.terminationGracePeriodSeconds),
    ...(deletionGrace !== undefined && {
      [ANNOTATIONS.podDeletionGracePeriod]: String(deletionGrace),
    }),
    ...(lifecycle?.preStop && { [ANNOTATIONS.preStopHandler]: JSON.stringify(lifecycle.preStop) }),
    ...(ports && ports.length > 0 && { [ANNOTATIONS.ports]: JSON.stringify(ports) }),
  }
}

/** Changes when the container must be made anew: its name and image are all that counts, as upstream has it. */
export function containerHash({ name, image = '' }: AnyContainer): string {
  return fnv1a(JSON.stringify({ name, image })).toString(16)
}
