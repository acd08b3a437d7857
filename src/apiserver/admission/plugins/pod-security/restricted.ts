import type { Volume } from '../../../../api/core/v1/volume.ts'
import { procMount, unconfinedSeccomp } from './baseline.ts'
import {
  allContainers,
  containerNames,
  plural,
  quoted,
  setters,
  type Check,
  unlessUserNamespace,
  unlessWindows,
  type VersionedCheck,
} from './check.ts'

const VOLUME_TYPES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]

const allowPrivilegeEscalation: Check = (pod) => {
  const bad = allContainers(pod).filter(
    ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false,
  )
  if (bad.length === 0) return undefined
  const detail = `${containerNames(bad)} must set securityContext.allowPrivilegeEscalation=false`
  return { reason: 'allowPrivilegeEscalation != false', detail }
}

const capabilities: Check = (pod) => {
  const containers = allContainers(pod)
  const keeping = containers.filter(
    ({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'),
  )
  const added = new Set<string>()
  const adding = containers.filter(({ securityContext }) => {
    const own = (securityContext?.capabilities?.add ?? []).filter(
      (each) => each !== 'NET_BIND_SERVICE',
    )
    for (const each of own) added.add(each)
    return own.length > 0
  })
  const details = [
    ...(keeping.length > 0
      ? [`${containerNames(keeping)} must set securityContext.capabilities.drop=["ALL"]`]
      : []),
    ...(adding.length > 0
      ? [
          `${containerNames(adding)} must not include ${quoted([...added].toSorted())} in securityContext.capabilities.add`,
        ]
      : []),
  ]
  if (details.length === 0) return undefined
  return { reason: 'unrestricted capabilities', detail: details.join('; ') }
}

const restrictedVolumes: Check = ({ spec }) => {
  const bad = (spec.volumes ?? []).map((volume) => ({ name: volume.name, type: typeOf(volume) }))
  const found = bad.filter(({ type }) => !VOLUME_TYPES.includes(type))
  if (found.length === 0) return undefined
  const types = [...new Set(found.map(({ type }) => type))].toSorted()
  const who = `${plural('volume', 'volumes', found.length)} ${quoted(found.map(({ name }) => name))}`
  const what = plural('restricted volume type', 'restricted volume types', types.length)
  return {
    reason: 'restricted volume types',
    detail: `${who} ${plural('uses', 'use', found.length)} ${what} ${quoted(types)}`,
  }
}

// A volume without a source is an emptyDir.
function typeOf(volume: Volume): string {
  return Object.keys(volume).find((key) => key !== 'name') ?? 'emptyDir'
}

const runAsNonRoot: Check = (pod) => {
  const ofPod = pod.spec.securityContext?.runAsNonRoot
  const containers = allContainers(pod)
  const explicit = containers.filter((each) => each.securityContext?.runAsNonRoot === false)
  const reason = 'runAsNonRoot != true'
  const who = setters(ofPod === false, explicit)
  if (who !== '') {
    return { reason, detail: `${who} must not set securityContext.runAsNonRoot=false` }
  }
  const silent = ofPod ? [] : containers.filter(isSilentOnRoot)
  if (silent.length === 0) return undefined
  const detail = `pod or ${containerNames(silent)} must set securityContext.runAsNonRoot=true`
  return { reason, detail }
}

function isSilentOnRoot({ securityContext }: ReturnType<typeof allContainers>[number]): boolean {
  return securityContext?.runAsNonRoot === undefined
}

const runAsUser: Check = (pod) => {
  const bad = allContainers(pod).filter(({ securityContext }) => securityContext?.runAsUser === 0)
  const who = setters(pod.spec.securityContext?.runAsUser === 0, bad)
  if (who === '') return undefined
  return { reason: 'runAsUser=0', detail: `${who} must not set runAsUser=0` }
}

const seccompProfile: Check = (pod) => {
  const reason = 'seccompProfile'
  const who = unconfinedSeccomp(pod)
  if (who !== '') {
    const detail = `${who} must not set securityContext.seccompProfile.type to "Unconfined"`
    return { reason, detail }
  }
  if (pod.spec.securityContext?.seccompProfile) return undefined
  const silent = allContainers(pod).filter(
    ({ securityContext }) => !securityContext?.seccompProfile,
  )
  if (silent.length === 0) return undefined
  const detail = `pod or ${containerNames(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`
  return { reason, detail }
}

/** What the standard `restricted` asks for beyond `baseline`. */
export const RESTRICTED_CHECKS: readonly VersionedCheck[] = [
  {
    id: 'allowPrivilegeEscalation',
    forms: [
      { since: 8, check: allowPrivilegeEscalation },
      { since: 25, check: unlessWindows(allowPrivilegeEscalation) },
    ],
  },
  {
    id: 'capabilities_restricted',
    forms: [
      { since: 22, check: capabilities, overrides: 'capabilities_baseline' },
      { since: 25, check: unlessWindows(capabilities), overrides: 'capabilities_baseline' },
    ],
  },
  { id: 'procMount_restricted', forms: [{ since: 35, check: procMount, overrides: 'procMount' }] },
  {
    id: 'restrictedVolumes',
    forms: [{ since: 0, check: restrictedVolumes, overrides: 'hostPathVolumes' }],
  },
  {
    id: 'runAsNonRoot',
    forms: [
      { since: 0, check: runAsNonRoot },
      { since: 35, check: unlessUserNamespace(runAsNonRoot) },
    ],
  },
  {
    id: 'runAsUser',
    forms: [
      { since: 23, check: runAsUser },
      { since: 35, check: unlessUserNamespace(runAsUser) },
    ],
  },
  {
    id: 'seccompProfile_restricted',
    forms: [
      { since: 19, check: seccompProfile, overrides: 'seccompProfile_baseline' },
      { since: 25, check: unlessWindows(seccompProfile), overrides: 'seccompProfile_baseline' },
    ],
  },
]
