import { withField } from '../../change.ts'
import type { Strategy } from '../../strategy.ts'
import { ipWarnings } from '../../validation/ip.ts'
import { isPodTerminal } from './pod-conditions.ts'
import { defaultPod } from './pod-defaults.ts'
import {
  prepareEphemeralContainersUpdate,
  preparePodCreate,
  preparePodResize,
  preparePodStatusUpdate,
  preparePodUpdate,
} from './pod-preparation.ts'
import { validatePodResize } from './pod-resize-validation.ts'
import { validatePodStatusUpdate } from './pod-status-validation.ts'
import { validateEphemeralContainersUpdate, validatePodUpdate } from './pod-update-validation.ts'
import { validatePodCreate } from './pod-validation.ts'
import { podWarnings } from './pod-warnings.ts'
import type { Pod } from './pod.ts'

/** The rules of Pods (pkg/registry/core/pod/strategy.go). */
export const podStrategy: Strategy<Pod> = {
  applyDefaults: defaultPod,
  prepareForCreate: preparePodCreate,
  prepareForUpdate: preparePodUpdate,
  validateCreate: validatePodCreate,
  validateUpdate: validatePodUpdate,
  // People hardly ever update Pods themselves, and kubelets often do.
  warnings: (pod, old) => (old ? [] : podWarnings(pod)),
  status: {
    prepareForUpdate: preparePodStatusUpdate,
    validateUpdate: validatePodStatusUpdate,
    warnings: ({ status }) => [
      ...(status.podIPs ?? []).flatMap(({ ip }, i) => ipWarnings(ip, `status.podIPs[${i}].ip`)),
      ...(status.hostIPs ?? []).flatMap(({ ip }, i) => ipWarnings(ip, `status.hostIPs[${i}].ip`)),
    ],
  },
  subresources: {
    ephemeralcontainers: {
      prepareForUpdate: prepareEphemeralContainersUpdate,
      validateUpdate: validateEphemeralContainersUpdate,
    },
    resize: {
      prepareForUpdate: preparePodResize,
      validateUpdate: validatePodResize,
      without: {
        InPlacePodLevelResourcesVerticalScaling: (pod, { spec: { resources } }) =>
          withField(pod, 'spec', withField(pod.spec, 'resources', resources)),
      },
    },
  },
  gracefulDeletion: (pod, requested) => ({ gracePeriodSeconds: gracePeriod(pod, requested) }),
  selectableFields: {
    'spec.nodeName': ({ spec }) => spec.nodeName ?? '',
    'spec.host': ({ spec }) => spec.nodeName ?? '', // As it was called before v1.
    'spec.restartPolicy': ({ spec }) => spec.restartPolicy,
    'spec.schedulerName': ({ spec }) => spec.schedulerName,
    'spec.serviceAccountName': ({ spec }) => spec.serviceAccountName ?? '',
    'spec.hostNetwork': ({ spec }) => String(spec.hostNetwork ?? false),
    'status.phase': ({ status }) => status.phase,
    'status.podIP': ({ status }) => status.podIP ?? '',
    'status.podIPs': ({ status }) => status.podIP ?? '',
    'status.nominatedNodeName': ({ status }) => status.nominatedNodeName ?? '',
  },
}

// Where nothing runs, there is nothing to wait for.
function gracePeriod(pod: Pod, requested: number | undefined): number {
  if (!pod.spec.nodeName || isPodTerminal(pod)) return 0
  const seconds = requested ?? pod.spec.terminationGracePeriodSeconds
  return seconds < 0 ? 1 : seconds
}
