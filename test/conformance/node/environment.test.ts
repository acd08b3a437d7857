import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { ConfigMap } from '../../../src/api/core/v1/config-map.ts'
import { Secret } from '../../../src/api/core/v1/secret.ts'
import { Service } from '../../../src/api/core/v1/service.ts'
import { whyNoNodeCluster } from '../../kubelet/node-cluster.node.ts'
import { conformance } from '../conformance.ts'
import { isReady, nodeSuite, once, shell } from './node-suite.node.ts'

const skip = await whyNoNodeCluster()

describe('environment', { skip, concurrency: 4 }, () => {
  const suite = nodeSuite()
  const data = { data_1: 'value-1', data_2: 'value-2' }
  const encoded = { data_1: btoa('value-1'), data_2: btoa('value-2') }
  const PREFIXES = ['p-', 'p.', '1_', '$_', 'p#'] // Any printable character but `=`.

  // No shell is between, since that keeps only variables that it could have itself.
  const printed = async (namespace: string, name: string, container: object) => {
    const pod = once(name, '', { command: ['env'], ...container })
    return (await suite().output(namespace, pod)).split('\n')
  }
  const configured = async (name: string, container: object): Promise<readonly string[]> => {
    const namespace = await suite().namespace(name)
    await suite().client.create(ConfigMap, { metadata: { namespace, name: 'source' }, data })
    return printed(namespace, name, container)
  }
  const secret = async (name: string, container: object): Promise<readonly string[]> => {
    const namespace = await suite().namespace(name)
    await suite().client.create(Secret, { metadata: { namespace, name: 'source' }, data: encoded })
    return printed(namespace, name, container)
  }
  const includes = (lines: readonly string[], ...wanted: readonly string[]): void =>
    assert.deepEqual(
      wanted.filter((line) => !lines.includes(line)),
      [],
      lines.join('\n'),
    )

  conformance(
    '[sig-node] ConfigMap should be consumable via environment variable [Conformance] [NodeConformance]',
    async () => {
      const env = [
        {
          name: 'CONFIG_DATA_1',
          valueFrom: { configMapKeyRef: { name: 'source', key: 'data_1' } },
        },
      ]
      includes(await configured('configmap-key', { env }), 'CONFIG_DATA_1=value-1')
    },
  )

  conformance(
    '[sig-node] ConfigMap should be consumable via the environment [Conformance] [NodeConformance]',
    async () => {
      const configMapRef = { name: 'source' }
      const envFrom = [{ configMapRef }, { prefix: 'p_', configMapRef }]
      const lines = await configured('configmap-all', { envFrom })
      includes(lines, 'data_1=value-1', 'data_2=value-2', 'p_data_1=value-1', 'p_data_2=value-2')
    },
  )

  conformance(
    '[sig-node] ConfigMap should be consumable as environment variable names with various prefixes [Conformance]',
    async () => {
      const envFrom = PREFIXES.map((prefix) => ({ prefix, configMapRef: { name: 'source' } }))
      const lines = await configured('configmap-prefixes', { envFrom })
      includes(lines, ...PREFIXES.map((prefix) => `${prefix}data_1=value-1`))
    },
  )

  conformance(
    '[sig-node] Secrets should be consumable from pods in env vars [Conformance] [NodeConformance]',
    async () => {
      const env = [
        { name: 'SECRET_DATA', valueFrom: { secretKeyRef: { name: 'source', key: 'data_1' } } },
      ]
      includes(await secret('secret-key', { env }), 'SECRET_DATA=value-1')
    },
  )

  conformance(
    '[sig-node] Secrets should be consumable via the environment [Conformance] [NodeConformance]',
    async () => {
      const secretRef = { name: 'source' }
      const lines = await secret('secret-all', {
        envFrom: [{ secretRef }, { prefix: 'p_', secretRef }],
      })
      includes(lines, 'data_1=value-1', 'data_2=value-2', 'p_data_1=value-1', 'p_data_2=value-2')
    },
  )

  conformance(
    '[sig-node] Secrets should be consumable as environment variable names variable names with various prefixes [Conformance]',
    async () => {
      const envFrom = PREFIXES.map((prefix) => ({ prefix, secretRef: { name: 'source' } }))
      const lines = await secret('secret-prefixes', { envFrom })
      includes(lines, ...PREFIXES.map((prefix) => `${prefix}data_1=value-1`))
    },
  )

  conformance(
    '[sig-node] Pods should contain environment variables for services [Conformance] [NodeConformance]',
    async () => {
      const namespace = await suite().namespace('services')
      const server = await suite().run(namespace, shell('server', 'sleep 1000'))
      await suite().until(server, isReady)
      const { spec } = await suite().client.create(Service, {
        metadata: { namespace, name: 'fooservice' },
        spec: { selector: { name: 'server' }, ports: [{ port: 8765, targetPort: 8080 }] },
      })
      const lines = await printed(namespace, 'client', {})
      const ip = spec.clusterIP!
      includes(
        lines,
        `FOOSERVICE_SERVICE_HOST=${ip}`,
        'FOOSERVICE_SERVICE_PORT=8765',
        `FOOSERVICE_PORT=tcp://${ip}:8765`,
        'FOOSERVICE_PORT_8765_TCP_PORT=8765',
        'FOOSERVICE_PORT_8765_TCP_PROTO=tcp',
        `FOOSERVICE_PORT_8765_TCP=tcp://${ip}:8765`,
        `FOOSERVICE_PORT_8765_TCP_ADDR=${ip}`,
      )
    },
  )
})
