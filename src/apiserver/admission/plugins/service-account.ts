import type { Container } from '../../../api/core/v1/container.ts'
import { Pod } from '../../../api/core/v1/pod.ts'
import { ServiceAccount } from '../../../api/core/v1/service-account.ts'
import type { VolumeMount } from '../../../api/core/v1/volume.ts'
import type { Clock } from '../../../base/clock.ts'
import { nameSuffix, type Random } from '../../../base/random.ts'
import { notFound } from '../../../apimachinery/status-error.ts'
import { referencesOf } from '../../../api/core/v1/pod-references.ts'
import type { LiveObjects } from '../../live/live-objects.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts'
import { admitted, isAbout, objectOf, unchanged } from './about.ts'
import { isMirrorPod } from './mirror-pod.ts'
import { refusal } from './refuse.ts'
import { tokenVolume } from './token-volume.ts'

const DEFAULT = 'default'
const DEFAULT_WAIT_MS = 1500
const VOLUME_PREFIX = 'kube-api-access-'
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount'

export interface ServiceAccountOptions {
  readonly live: LiveObjects
  readonly clock: Clock
  readonly random: Random
}

/** Gives every Pod a service account, its token, and its secrets to pull images with. */
export function serviceAccountAdmission(options: ServiceAccountOptions): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    operations: ['CREATE'],
    async admit(attributes) {
      if (!isAbout(attributes, Pod)) return unchanged(attributes)
      const pod = objectOf(attributes, Pod)
      if (isMirrorPod(pod)) {
        checkMirrorPod(attributes, pod)
        return unchanged(attributes)
      }
      const serviceAccountName = pod.spec.serviceAccountName || DEFAULT
      const account = await accountOf(serviceAccountName, attributes, options)
      const withToken = shouldMount(account, pod) ? mountToken(pod.spec, options.random) : pod.spec
      const spec = {
        ...withToken,
        serviceAccountName,
        // The same by its old name.
        serviceAccount: serviceAccountName,
        ...pullSecrets(account, pod),
      }
      return admitted({ ...pod, spec })
    },
    validate(attributes) {
      if (!isAbout(attributes, Pod)) return
      const pod = objectOf(attributes, Pod)
      if (isMirrorPod(pod)) checkMirrorPod(attributes, pod)
    },
  }
}

async function accountOf(
  name: string,
  attributes: AdmissionAttributes,
  options: ServiceAccountOptions,
): Promise<ServiceAccount> {
  const key = { namespace: attributes.namespace, name }
  const account = await options.live.get(ServiceAccount, key)
  if (account) return account
  // A new namespace gets its default account from a controller, which may take a moment.
  const late = name === DEFAULT ? await awaitAccount(key, options) : undefined
  if (late) return late
  const { message } = notFound({ group: '', resource: 'serviceaccount' }, name)
  const text = `error looking up service account ${attributes.namespace}/${name}: ${message}`
  throw refusal(attributes, text)
}

function awaitAccount(
  key: { readonly namespace: string; readonly name: string },
  { live, clock }: ServiceAccountOptions,
): Promise<ServiceAccount | undefined> {
  const informer = live.informer(ServiceAccount)
  const { promise, resolve } = Promise.withResolvers<ServiceAccount | undefined>()
  const timer = clock.after(DEFAULT_WAIT_MS, () => resolve(undefined))
  const waiter = informer.whenObject(
    key,
    (account) => account !== undefined,
    () => resolve(informer.cache.get(key)),
  )
  return promise.finally(() => {
    timer[Symbol.dispose]()
    waiter[Symbol.dispose]()
  })
}

function shouldMount(account: ServiceAccount, { spec }: Pod): boolean {
  return spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true
}

function mountToken(spec: Pod['spec'], random: Random): Pod['spec'] {
  const { volumes = [], containers, initContainers = [] } = spec
  const existing = volumes.find(({ name }) => name.startsWith(VOLUME_PREFIX))
  const name = existing?.name ?? VOLUME_PREFIX + nameSuffix(random)
  if ([...initContainers, ...containers].every(isMounted)) return spec
  const mount = { name, readOnly: true, mountPath: MOUNT_PATH } as VolumeMount
  const mounted = (container: Container): Container =>
    isMounted(container)
      ? container
      : { ...container, volumeMounts: [...(container.volumeMounts ?? []), mount] }
  return {
    ...spec,
    containers: containers.map(mounted),
    ...(initContainers.length > 0 && { initContainers: initContainers.map(mounted) }),
    ...(!existing && { volumes: [...volumes, tokenVolume(name)] }),
  }
}

function isMounted({ volumeMounts = [] }: Container): boolean {
  return volumeMounts.some(({ mountPath }) => mountPath === MOUNT_PATH)
}

function pullSecrets(
  { imagePullSecrets = [] }: ServiceAccount,
  { spec }: Pod,
): Pick<Partial<Pod['spec']>, 'imagePullSecrets'> {
  if ((spec.imagePullSecrets ?? []).length > 0 || imagePullSecrets.length === 0) return {}
  return { imagePullSecrets: imagePullSecrets.map(({ name }) => ({ name })) }
}

function checkMirrorPod(attributes: AdmissionAttributes, pod: Pod): void {
  const problem = mirrorProblem(pod)
  if (problem !== undefined) throw refusal(attributes, problem)
}

// A mirror Pod shows what a node runs by itself, which must not get at anything by that.
function mirrorProblem(pod: Pod): string | undefined {
  const { serviceAccountName, volumes = [] } = pod.spec
  if (serviceAccountName) return 'a mirror pod may not reference service accounts'
  if (referencesOf(pod).some(({ kind }) => kind === 'Secret')) {
    return 'a mirror pod may not reference secrets'
  }
  const hasToken = volumes.some(({ projected }) =>
    projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken),
  )
  return hasToken ? 'a mirror pod may not use service account token volume projections' : undefined
}
