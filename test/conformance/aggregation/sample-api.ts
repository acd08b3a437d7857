import { APIService } from '../../../src/api/apiregistration/v1/api-service.ts'
import { ConfigMap } from '../../../src/api/core/v1/config-map.ts'
import { Service } from '../../../src/api/core/v1/service.ts'
import type { Suite } from '../suite.node.ts'
import { GROUP, VERSION } from './flunders.ts'
import { startSampleServer, type SampleServer } from './sample-server.node.ts'

export const API_SERVICE = `${VERSION}.${GROUP}`

export interface RegisterOptions {
  readonly server: Pick<SampleServer, 'port' | 'caBundle'>
  readonly insecure?: boolean
  /** What is registered; the sample's own where absent. */
  readonly group?: string
  readonly version?: string
}

/** The condition Available of an APIService, the sample's own where none is named, as `STATUS REASON`, and its message. */
export async function available(
  { cluster }: Suite,
  name = API_SERVICE,
): Promise<readonly [string, string]> {
  const { status } = await cluster.client.get(APIService, { name })
  const condition = status.conditions?.find(({ type }) => type === 'Available')
  return [`${condition?.status} ${condition?.reason}`, condition?.message ?? '']
}

/** The authority by which the cluster's front proxy is known. */
export async function frontProxyCa({ cluster }: Suite): Promise<string> {
  const key = { namespace: 'kube-system', name: 'extension-apiserver-authentication' }
  const { data = {} } = await cluster.client.get(ConfigMap, key)
  return data['requestheader-client-ca-file']!
}

/** Starts a sample server, and registers it through a Service of a new namespace. */
export async function registerSample(suite: Suite, namespace: string): Promise<SampleServer> {
  await suite.namespace(namespace)
  const server = await startSampleServer(namespace, await frontProxyCa(suite))
  // What Services lead to may not be on loopback, but for those that stand for a name.
  await suite.cluster.client.create(Service, {
    metadata: { namespace, name: 'sample-api' },
    spec: { type: 'ExternalName', externalName: 'localhost' },
  })
  await register(suite, namespace, { server })
  await suite.cluster.eventually(async () => (await available(suite))[0] === 'True Passed')
  return server
}

export async function register(
  { cluster }: Suite,
  namespace: string,
  {
    server: { port, caBundle },
    insecure = false,
    group = GROUP,
    version = VERSION,
  }: RegisterOptions,
): Promise<void> {
  await cluster.client.create(APIService, {
    metadata: { name: `${version}.${group}`, labels: { sample: 'true' } },
    spec: {
      group,
      version,
      groupPriorityMinimum: 2000,
      versionPriority: 200,
      service: { namespace, name: 'sample-api', port },
      ...(insecure ? { insecureSkipTLSVerify: true } : { caBundle }),
    },
  })
}

/** Takes the sample's APIService away, and waits until nothing leads there any more. */
export async function unregister({ cluster, rest }: Suite): Promise<void> {
  await cluster.client.delete(APIService, { name: API_SERVICE })
  await cluster.eventually(
    async () => (await rest.call('GET', `/apis/${GROUP}/${VERSION}`)).status === 404,
  )
}
