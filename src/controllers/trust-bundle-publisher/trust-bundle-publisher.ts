import type { ClusterTrustBundle } from '../../api/certificates/v1beta1/cluster-trust-bundle.ts'
import type { Crypto } from '../../base/crypto.ts'
import type { LiveValue } from '../../base/live-value.ts'
import type { MetricSet } from '../../base/metrics.ts'
import {
  controller,
  firstFailure,
  type Controller,
  type Pass,
} from '../../controller-runtime/index.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { syncMetrics, type SyncMetrics } from '../common/sync-metrics.ts'
import { unlessGone } from '../common/unless-gone.ts'

export interface TrustBundlePublisherOptions {
  readonly crypto: Crypto
  /** The certificate authority of the API server, PEM. */
  readonly rootCA: LiveValue<string>
}

const SIGNER = 'kubernetes.io/kube-apiserver-serving'
const HASH_LENGTH = 24 // Digits: twelve bytes.

/** Publishes whom to trust as the API server, in one ClusterTrustBundle that is named after its content (KEP-3257). */
export function trustBundlePublisher(
  type: ResourceClass<ClusterTrustBundle>,
  { crypto, rootCA }: TrustBundlePublisherOptions,
): Controller {
  const nameOf = (pem: string): string =>
    `${SIGNER.replace('/', ':')}:${crypto.hashHex('sha256', pem).slice(0, HASH_LENGTH)}`

  const publish = async ({ client, cache }: Pass): Promise<void> => {
    const trustBundle = rootCA.current
    const name = nameOf(trustBundle)
    const spec = { signerName: SIGNER, trustBundle }
    const current = cache.get(type, { name })
    if (!current) await client.create(type, { metadata: { name }, spec })
    else if (current.spec.trustBundle !== trustBundle)
      await client.update(type, { ...current, spec })
    // Only now that the new one is there.
    const old = cache
      .list(type)
      .filter((each) => each.spec.signerName === SIGNER && each.metadata.name !== name)
    const failure = await firstFailure(...old.map((each) => remove(type, each, client)))
    if (failure) throw failure
  }

  const measured = (pass: Pass): Promise<void> =>
    pass.metrics.own(publisherMetrics).measure(pass.clock, () => publish(pass))

  return controller<ClusterTrustBundle>(
    'kube-apiserver-serving-clustertrustbundle-publisher-controller',
    {
      queueName: 'ca_cert_publisher_cluster_trust_bundles',
      for: type,
      concurrency: 1,
      sources(_, add) {
        const addCurrent = (): void => add({ name: nameOf(rootCA.current) })
        addCurrent()
        return rootCA.onChange(addCurrent)
      },

      async reconcile({ spec }, pass) {
        if (spec.signerName === SIGNER) await measured(pass)
      },

      async gone({ name }, pass) {
        if (name === nameOf(rootCA.current)) await measured(pass)
      },
    },
  )
}

async function remove(
  type: ResourceClass<ClusterTrustBundle>,
  { metadata }: ClusterTrustBundle,
  client: Pass['client'],
): Promise<void> {
  await unlessGone(client.delete(type, metadata))
}

const publisherMetrics = (set: MetricSet): SyncMetrics =>
  syncMetrics(set, {
    prefix: 'clustertrustbundle_publisher',
    totalHelp: 'Number of syncs that occurred in cluster trust bundle publisher.',
    secondsHelp: 'The time it took to sync a cluster trust bundle.',
  })
