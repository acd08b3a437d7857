import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { eventually } from '../../../src/base/async-eventually.node.ts'
import type { TestPod } from '../../network/pod-network.node.ts'
import { whyNoContainers } from '../../containerd/test-node.node.ts'
import { conformance } from '../conformance.ts'
import { networkSuite, serviceOf, waiting } from './network-suite.node.ts'

const skip = await whyNoContainers()
const TIMEOUT_MS = 20 * 60_000

describe('network of a real node', { skip, timeout: TIMEOUT_MS, concurrency: 4 }, () => {
  const suite = networkSuite()

  const kubectl = (line: string): Promise<string> => suite().kubectl(line)
  const clusterIP = (name: string): Promise<string> =>
    kubectl(`get service ${name} -o jsonpath={.spec.clusterIP}`)
  const nodePort = async (name: string): Promise<number> =>
    Number(await kubectl(`get service ${name} -o jsonpath={.spec.ports[0].nodePort}`))
  /** Pods of one group, each of which says its name on its ports. */
  const servers = async (
    app: string,
    count: number,
    ports: readonly number[] = [8080],
  ): Promise<readonly TestPod[]> => {
    const names = Array.from({ length: count }, (_, i) => `${app}-${i}`)
    const pods = await suite().pods(...names.map((name) => waiting(name, app)))
    await Promise.all(
      pods.flatMap((pod, i) =>
        ports.flatMap((port) => [pod.serve(port, names[i]!), pod.serve(port, names[i]!, 'udp')]),
      ),
    )
    return pods
  }
  const word = async (
    by: TestPod,
    address: string,
    port: number,
    protocol?: 'udp',
  ): Promise<string> => (await by.ask(address, port, protocol)).split(' ')[0]!
  /** Waits until exactly these answer, whoever has the turn. */
  const answers = (
    by: TestPod,
    address: string,
    port: number,
    wanted: readonly string[],
  ): Promise<unknown> =>
    eventually(async () => {
      const said = new Set<string>()
      for (let i = 0; i < wanted.length * 2; i++) said.add(await word(by, address, port))
      assert.deepEqual([...said].toSorted(), wanted.toSorted())
      return true
    })
  const isSticky = async (by: TestPod, address: string, port: number): Promise<boolean> => {
    const said = new Set<string>()
    for (let i = 0; i < 6; i++) said.add(await word(by, address, port))
    return said.size === 1 && !said.has('')
  }

  for (const protocol of ['http', 'udp'] as const) {
    const kind = protocol === 'udp' ? 'udp' : undefined
    const intra = async (): Promise<void> => {
      const [one, two] = await servers(`intra-${protocol}`, 2)
      assert.match(await one!.ask(two!.ip, 8080, kind), new RegExp(`-1 ${one!.ip}$`))
      assert.match(await two!.ask(one!.ip, 8080, kind), new RegExp(`-0 ${two!.ip}$`))
      assert.match(await one!.ask(one!.ip, 8080, kind), /-0 /)
    }
    const fromNode = async (): Promise<void> => {
      const [pod] = await servers(`node-${protocol}`, 1)
      assert.match(await suite().node.ask(pod!.ip, 8080, kind), /-0 /)
    }
    if (protocol === 'http') {
      conformance(
        '[sig-network] Networking Granular Checks: Pods should function for intra-pod communication: http [Conformance] [NodeConformance]',
        intra,
      )
      conformance(
        '[sig-network] Networking Granular Checks: Pods should function for node-pod communication: http [LinuxOnly] [Conformance] [NodeConformance]',
        fromNode,
      )
    } else {
      conformance(
        '[sig-network] Networking Granular Checks: Pods should function for intra-pod communication: udp [Conformance] [NodeConformance]',
        intra,
      )
      conformance(
        '[sig-network] Networking Granular Checks: Pods should function for node-pod communication: udp [LinuxOnly] [Conformance] [NodeConformance]',
        fromNode,
      )
    }
  }

  conformance(
    '[sig-network] Services should serve a basic endpoint from pods [Conformance]',
    async () => {
      const { node, cluster } = suite()
      await cluster.apply(serviceOf('basic'))
      const address = await clusterIP('basic')
      await servers('basic', 2)
      await answers(node, address, 80, ['basic-0', 'basic-1'])
      await kubectl('delete pod basic-0')
      await answers(node, address, 80, ['basic-1'])
      await kubectl('delete pod basic-1')
      await eventually(async () => (await node.ask(address, 80)) === 'ECONNREFUSED')
    },
  )

  conformance(
    '[sig-network] Services should serve multiport endpoints from pods [Conformance]',
    async () => {
      const { node, cluster } = suite()
      const ports = [
        { name: 'one', port: 80, targetPort: 8080 },
        { name: 'two', port: 81, targetPort: 8081 },
      ]
      await cluster.apply(serviceOf('multiport', { ports }))
      const address = await clusterIP('multiport')
      const [pod] = await suite().pods(waiting('multiport'))
      await pod!.serve(8080, 'first')
      await pod!.serve(8081, 'second')
      await answers(node, address, 80, ['first'])
      await answers(node, address, 81, ['second'])
    },
  )

  conformance(
    '[sig-network] Services should serve endpoints on same port and different protocols [Conformance]',
    async () => {
      const { node, cluster } = suite()
      const [tcp, udp] = ['TCP', 'UDP'].map((protocol) => ({
        name: protocol.toLowerCase(),
        protocol,
        port: 80,
        targetPort: 8080,
      }))
      await cluster.apply(serviceOf('protocols', { ports: [tcp, udp] }))
      const address = await clusterIP('protocols')
      await servers('protocols', 1)
      await answers(node, address, 80, ['protocols-0'])
      await eventually(async () => (await word(node, address, 80, 'udp')) === 'protocols-0')
      await retype('protocols', { ports: [udp] }) // Not applied: kubectl tells ports apart by number alone.
      await eventually(async () => (await node.ask(address, 80)) === 'ECONNREFUSED')
      assert.equal(await word(node, address, 80, 'udp'), 'protocols-0')
    },
  )

  conformance(
    '[sig-network] Services should be able to create a functioning NodePort service [Conformance]',
    async () => {
      const { node, outside, cluster } = suite()
      await cluster.apply(serviceOf('nodeport', { type: 'NodePort' }))
      const port = await nodePort('nodeport')
      await servers('nodeport', 2)
      const names = ['nodeport-0', 'nodeport-1']
      await answers(outside, node.ip, port, names)
      await answers(node, node.ip, port, names)
      await answers(node, await clusterIP('nodeport'), 80, names)
    },
  )

  const affinity = async (name: string, type: string, switches: boolean): Promise<void> => {
    const { node, outside, cluster } = suite()
    const spec = (sessionAffinity: string): object => serviceOf(name, { type, sessionAffinity })
    await cluster.apply(spec(switches ? 'None' : 'ClientIP'))
    await servers(name, 3)
    const [by, address, port] =
      type === 'NodePort'
        ? ([outside, node.ip, await nodePort(name)] as const)
        : ([node, await clusterIP(name), 80] as const)
    const names = [0, 1, 2].map((i) => `${name}-${i}`)
    if (switches) {
      await answers(by, address, port, names)
      await cluster.apply(spec('ClientIP'))
    }
    await eventually(() => isSticky(by, address, port))
    if (!switches) return
    await cluster.apply(spec('None'))
    await answers(by, address, port, names)
  }
  conformance(
    '[sig-network] Services should have session affinity work for service with type clusterIP [LinuxOnly] [Conformance]',
    () => affinity('sticky-ip', 'ClusterIP', false),
  )
  conformance(
    '[sig-network] Services should have session affinity work for NodePort service [LinuxOnly] [Conformance]',
    () => affinity('sticky-port', 'NodePort', false),
  )
  conformance(
    '[sig-network] Services should be able to switch session affinity for service with type clusterIP [LinuxOnly] [Conformance]',
    () => affinity('switch-ip', 'ClusterIP', true),
  )
  conformance(
    '[sig-network] Services should be able to switch session affinity for NodePort service [LinuxOnly] [Conformance]',
    () => affinity('switch-port', 'NodePort', true),
  )

  const retype = (name: string, patch: object): Promise<string> =>
    suite().cluster.kubectl([
      'patch',
      'service',
      name,
      '--type=merge',
      '-p',
      JSON.stringify({ spec: patch }),
    ])
  const TO_NAME = { type: 'ExternalName', externalName: 'kubernetes.default.svc.cluster.local' }
  const becomesName = async (name: string, type: string): Promise<void> => {
    const { cluster, node } = suite()
    await cluster.apply(serviceOf(name, { type }))
    const address = await clusterIP(name)
    const [pod] = await servers(name, 1)
    await answers(node, address, 80, [`${name}-0`])
    await retype(name, { ...TO_NAME, clusterIP: null, clusterIPs: null })
    const api = await clusterIP('kubernetes')
    await eventually(async () => (await suite().lookUp(`${name}-0`, pod!, name)) === api)
  }
  conformance(
    '[sig-network] Services should be able to change the type from ClusterIP to ExternalName [Conformance]',
    () => becomesName('ip-to-name', 'ClusterIP'),
  )
  conformance(
    '[sig-network] Services should be able to change the type from NodePort to ExternalName [Conformance]',
    () => becomesName('port-to-name', 'NodePort'),
  )

  const stopsBeingName = async (name: string, type: string): Promise<void> => {
    const { cluster, node } = suite()
    await cluster.apply(serviceOf(name, TO_NAME))
    await servers(name, 1)
    await retype(name, { type, externalName: null })
    await answers(node, await clusterIP(name), 80, [`${name}-0`])
    if (type === 'NodePort') await answers(node, node.ip, await nodePort(name), [`${name}-0`])
  }
  conformance(
    '[sig-network] Services should be able to change the type from ExternalName to ClusterIP [Conformance]',
    () => stopsBeingName('name-to-ip', 'ClusterIP'),
  )
  conformance(
    '[sig-network] Services should be able to change the type from ExternalName to NodePort [Conformance]',
    () => stopsBeingName('name-to-port', 'NodePort'),
  )

  const slice = (
    name: string,
    service: string,
    addresses: readonly string[],
    port: object,
  ): object => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address] })),
    ports: [port],
  })
  conformance(
    '[sig-network] EndpointSlice should support a Service with multiple endpoint IPs specified in multiple EndpointSlices [Conformance]',
    async () => {
      const { cluster, node } = suite()
      await cluster.apply(serviceOf('slices-ip', { selector: null }))
      const [one, two] = await servers('slices-ip', 2)
      const port = { name: 'http', port: 8080 }
      await cluster.apply(
        slice('slices-ip-a', 'slices-ip', [one!.ip], port),
        slice('slices-ip-b', 'slices-ip', [two!.ip], port),
      )
      await answers(node, await clusterIP('slices-ip'), 80, ['slices-ip-0', 'slices-ip-1'])
    },
  )
  conformance(
    '[sig-network] EndpointSlice should support a Service with multiple ports specified in multiple EndpointSlices [Conformance]',
    async () => {
      const { cluster, node } = suite()
      const ports = [
        { name: 'one', port: 80 },
        { name: 'two', port: 81 },
      ]
      await cluster.apply(serviceOf('slices-port', { selector: null, ports }))
      const [pod] = await suite().pods(waiting('slices-port'))
      await pod!.serve(8080, 'first')
      await pod!.serve(8081, 'second')
      await cluster.apply(
        slice('slices-port-a', 'slices-port', [pod!.ip], { name: 'one', port: 8080 }),
        slice('slices-port-b', 'slices-port', [pod!.ip], { name: 'two', port: 8081 }),
      )
      const address = await clusterIP('slices-port')
      await answers(node, address, 80, ['first'])
      await answers(node, address, 81, ['second'])
    },
  )

  conformance(
    '[sig-network] HostPort validates that there is no conflict between pods with same hostPort but different hostIP and protocol [LinuxOnly] [Conformance]',
    async () => {
      const { node, outside } = suite()
      const withPort = (name: string, hostIP: string, protocol: 'TCP' | 'UDP') =>
        waiting(name, name, {
          container: {
            image: 'busybox:1.37',
            ports: [{ containerPort: 8080, hostPort: 54323, hostIP, protocol }],
          },
        })
      const [one, two, three] = await suite().pods(
        withPort('host-port-1', '127.0.0.1', 'TCP'),
        withPort('host-port-2', node.ip, 'TCP'),
        withPort('host-port-3', node.ip, 'UDP'),
      )
      await one!.serve(8080, 'one')
      await two!.serve(8080, 'two')
      await three!.serve(8080, 'three', 'udp')
      assert.equal(await word(outside, node.ip, 54323), 'two')
      assert.equal(await word(outside, node.ip, 54323, 'udp'), 'three')
      assert.equal(await word(node, '127.0.0.1', 54323), 'one')
    },
  )

  conformance(
    '[sig-network] Service endpoints latency should not be very high [Conformance]',
    async () => {
      await servers('latency', 1)
      const names = Array.from({ length: 20 }, (_, i) => `latency-${i}`)
      await suite().cluster.apply(...names.map((name) => serviceOf('latency', {}, name)))
      await eventually(async () => {
        const slices = await kubectl('get endpointslices -o name')
        return names.every((name) => slices.includes(`/${name}-`))
      })
    },
  )

  conformance('[sig-network] DNS should provide DNS for the cluster [Conformance]', async () => {
    const [pod] = await suite().pods(waiting('dns-cluster'))
    const api = await clusterIP('kubernetes')
    for (const name of [
      'kubernetes.default',
      'kubernetes.default.svc',
      'kubernetes.default.svc.cluster.local',
    ])
      assert.equal(await suite().lookUp('dns-cluster', pod!, name), api)
  })

  conformance(
    '[sig-network] DNS should provide /etc/hosts entries for the cluster [Conformance]',
    async () => {
      const [pod] = await suite().pods(
        waiting('dns-hosts', 'dns-hosts', { spec: { hostname: 'querier', subdomain: 'hosts' } }),
      )
      const hosts = await kubectl('exec dns-hosts -- cat /etc/hosts')
      assert.match(
        hosts,
        new RegExp(
          `^${pod!.ip}\\s+querier\\.hosts\\.default\\.svc\\.cluster\\.local\\s+querier$`,
          'm',
        ),
      )
    },
  )

  conformance('[sig-network] DNS should provide DNS for services [Conformance]', async () => {
    const { cluster } = suite()
    await cluster.apply(
      serviceOf('dns-service'),
      serviceOf('dns-service', { clusterIP: 'None' }, 'dns-headless'),
    )
    const [pod] = await suite().pods(waiting('dns-service'))
    const address = await clusterIP('dns-service')
    const records = (type: string, name: string): Promise<string> =>
      kubectl(`exec dns-service -- nslookup -type=${type} ${name}`).catch(String)
    await eventually(
      async () =>
        (await suite().lookUp('dns-service', pod!, 'dns-service.default.svc')) === address,
    )
    await eventually(
      async () => (await suite().lookUp('dns-service', pod!, 'dns-headless')) === pod!.ip,
    )
    assert.match(
      await records('srv', '_http._tcp.dns-service.default.svc.cluster.local'),
      /service = 0 100 80 dns-service\.default\.svc\.cluster\.local/,
    )
    assert.match(
      await records('srv', '_http._tcp.dns-headless.default.svc.cluster.local'),
      /service = 0 100 8080 /,
    )
    const reverse = `${address.split('.').toReversed().join('.')}.in-addr.arpa`
    assert.match(await records('ptr', reverse), /name = dns-service\.default\.svc\.cluster\.local/)
  })

  conformance(
    '[sig-network] DNS should resolve DNS of partial qualified names for services [LinuxOnly] [Conformance]',
    async () => {
      await suite().cluster.apply(serviceOf('dns-partial'))
      const [pod] = await suite().pods(waiting('dns-partial'))
      const address = await clusterIP('dns-partial')
      for (const name of ['dns-partial', 'dns-partial.default', 'dns-partial.default.svc'])
        assert.equal(await suite().lookUp('dns-partial', pod!, name), address)
    },
  )

  conformance(
    '[sig-network] DNS should provide DNS for pods for Hostname [Conformance]',
    async () => {
      await suite().cluster.apply(serviceOf('dns-hostname', { clusterIP: 'None' }))
      const [pod] = await suite().pods(
        waiting('dns-hostname', 'dns-hostname', {
          spec: { hostname: 'querier', subdomain: 'dns-hostname' },
        }),
      )
      const name = 'querier.dns-hostname.default.svc.cluster.local'
      await eventually(async () => (await suite().lookUp('dns-hostname', pod!, name)) === pod!.ip)
      assert.equal(await kubectl('exec dns-hostname -- hostname'), 'querier')
    },
  )

  conformance(
    '[sig-network] DNS should provide DNS for pods for Subdomain [Conformance]',
    async () => {
      await suite().cluster.apply(serviceOf('dns-subdomain', { clusterIP: 'None' }))
      const [pod] = await suite().pods(
        waiting('dns-subdomain', 'dns-subdomain', {
          spec: { hostname: 'querier', subdomain: 'dns-subdomain' },
        }),
      )
      await eventually(
        async () =>
          (await suite().lookUp(
            'dns-subdomain',
            pod!,
            'dns-subdomain.default.svc.cluster.local',
          )) === pod!.ip,
      )
      assert.equal(
        await kubectl('exec dns-subdomain -- hostname -f'),
        'querier.dns-subdomain.default.svc.cluster.local',
      )
    },
  )

  conformance(
    '[sig-network] DNS should provide DNS for ExternalName services [Conformance]',
    async () => {
      const { cluster } = suite()
      const [pod] = await suite().pods(waiting('dns-external'))
      await cluster.apply(
        serviceOf('dns-external', { type: 'ExternalName', externalName: 'foo.example.com' }),
      )
      const alias = async (): Promise<string> =>
        kubectl(
          'exec dns-external -- nslookup -type=cname dns-external.default.svc.cluster.local',
        ).catch(String)
      await eventually(async () => (await alias()).includes('canonical name = foo.example.com'))
      await retype('dns-external', { externalName: 'bar.example.com' })
      await eventually(async () => (await alias()).includes('canonical name = bar.example.com'))
      await retype('dns-external', { type: 'ClusterIP', externalName: null })
      const address = await clusterIP('dns-external')
      await eventually(
        async () => (await suite().lookUp('dns-external', pod!, 'dns-external')) === address,
      )
    },
  )

  conformance(
    '[sig-network] DNS should support configurable pod DNS nameservers [Conformance]',
    async () => {
      const dnsConfig = { nameservers: ['1.1.1.1'], searches: ['resolv.conf.local'] }
      await suite().pods(
        waiting('dns-config', 'dns-config', { spec: { dnsPolicy: 'None', dnsConfig } }),
      )
      assert.equal(
        await kubectl('exec dns-config -- cat /etc/resolv.conf'),
        'search resolv.conf.local\nnameserver 1.1.1.1',
      )
    },
  )
})
