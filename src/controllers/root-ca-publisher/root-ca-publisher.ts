import { ConfigMap } from '../../api/core/v1/config-map.ts'
import { Namespace } from '../../api/core/v1/namespace.ts'
import { equal } from '../../apimachinery/equality.ts'
import { isAlreadyExists } from '../../apimachinery/status-predicates.ts'
import type { LiveValue } from '../../base/live-value.ts'
import type { MetricSet } from '../../base/metrics.ts'
import { controller, watch, type Controller, type Pass } from '../../controller-runtime/index.ts'
import { isNamespaceTerminating } from '../common/pod-control.ts'
import { syncMetrics, type SyncMetrics } from '../common/sync-metrics.ts'

export interface RootCaPublisherOptions {
  /** The certificate authority that signs the API server's certificate, PEM. */
  readonly rootCA: LiveValue<string>
}

const ROOT_CA_CONFIG_MAP = 'kube-root-ca.crt'
const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.'

/** Publishes the certificate authority of the API server to all namespaces, where Pods get it from (KEP-1205). */
export function rootCaPublisher({ rootCA }: RootCaPublisherOptions): Controller {
  const annotations = { 'kubernetes.io/description': DESCRIPTION }

  const publish = async (namespace: string, { cache, client }: Pass): Promise<void> => {
    const key = { namespace, name: ROOT_CA_CONFIG_MAP }
    const data = { 'ca.crt': rootCA.current }
    const found = cache.get(ConfigMap, key)
    if (!found) {
      try {
        await client.create(ConfigMap, { metadata: { ...key, annotations }, data })
      } catch (error) {
        if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error
      }
      return
    }
    const told = { ...found.metadata.annotations, ...annotations }
    if (equal(found.data, data) && equal(found.metadata.annotations, told)) return
    await client.update(ConfigMap, {
      ...found,
      metadata: { ...found.metadata, annotations: told },
      data,
    })
  }

  return controller<Namespace>('root-ca-certificate-publisher-controller', {
    queueName: 'root_ca_cert_publisher',
    for: Namespace,
    watches: [
      watch(ConfigMap, ({ metadata }) =>
        metadata.name === ROOT_CA_CONFIG_MAP ? [{ name: metadata.namespace }] : [],
      ),
    ],
    sources: ({ informers }, add) =>
      rootCA.onChange(() => {
        for (const { metadata } of informers.informer(Namespace).cache.list()) add(metadata)
      }),
    concurrency: 1,

    async reconcile({ metadata, status }, pass) {
      if (status.phase !== 'Active' || metadata.deletionTimestamp !== undefined) return
      const { clock, metrics } = pass
      await metrics.own(publisherMetrics).measure(clock, () => publish(metadata.name, pass))
    },
  })
}

const publisherMetrics = (set: MetricSet): SyncMetrics =>
  syncMetrics(set, {
    prefix: 'root_ca_cert_publisher',
    totalHelp: 'Number of namespace syncs happened in root ca cert publisher.',
    secondsHelp: 'Number of namespace syncs happened in root ca cert publisher.',
  })
