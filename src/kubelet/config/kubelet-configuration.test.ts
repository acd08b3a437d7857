import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_CONFIGURATION, parseKubeletConfiguration } from './parse-kubelet-configuration.ts'
import type { KubeletConfiguration } from './kubelet-configuration.ts'
import { idleSettings } from './settings.ts'

function parse(settings: object): KubeletConfiguration {
  const apiVersion = 'kubelet.config.k8s.io/v1beta1'
  return parseKubeletConfiguration(
    JSON.stringify({ apiVersion, kind: 'KubeletConfiguration', ...settings }),
  )
}

function wrong(settings: object): string {
  try {
    parse(settings)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

test('a configuration that says nothing is the default', () => {
  assert.deepEqual(parse({}), DEFAULT_CONFIGURATION)
  assert.equal(DEFAULT_CONFIGURATION.maxPods, 110)
  assert.equal(DEFAULT_CONFIGURATION.containerLogMaxSize, '10Mi')
})

test('parseKubeletConfiguration() names all that is wrong at once', () => {
  assert.equal(
    wrong({ imageGCHighThresholdPercent: 101, containerLogMaxFiles: 1, maxPods: -1 }),
    'invalid configuration: [imageGCHighThresholdPercent: Invalid value: 101: must be between 0 and 100, inclusive, containerLogMaxFiles: Invalid value: 1: must be greater than 1, maxPods: Invalid value: -1: must not be a negative number]',
  )
  assert.match(wrong({ maxPodz: 3 }), /^strict decoding error: unknown field "maxPodz"$/)
  assert.match(wrong({ kind: 'Pod' }), /^no kind "Pod" is registered/)
  assert.match(
    wrong({ evictionSoft: { 'memory.available': '1Gi' } }),
    /evictionSoft\[memory\.available\]: .*grace period must be specified/,
  )
  assert.match(
    wrong({ evictionHard: { 'memory.free': '1Gi' } }),
    /Unsupported value: "memory\.free"/,
  )
  assert.match(wrong({ topologyManagerPolicy: 'all' }), /topologyManagerPolicy: Unsupported value/)
})

test('parseKubeletConfiguration() checks what is said of CPUs, memory and NUMA nodes', () => {
  const options = { 'prefer-closest-numa-nodes': 'yes', 'max-allowable-numa-nodes': '4', far: '1' }
  assert.match(
    wrong({ topologyManagerPolicyOptions: options }),
    /prefer-closest-numa-nodes\]: .* must be true or false.*the minimum value of "max-allowable-numa-nodes" should not be less than 8.*Unsupported value: "far"/,
  )
  assert.match(
    wrong({ cpuManagerPolicyOptions: { 'align-by-socket': 'true' } }),
    /Unsupported value: "align-by-socket"/,
  )
  const both = {
    'distribute-cpus-across-numa': 'true',
    'prefer-align-cpus-by-uncorecache': 'true',
  }
  assert.match(wrong({ cpuManagerPolicyOptions: both }), /cannot be used together/)
  assert.match(
    wrong({ memorySwap: { swapBehavior: 'Much' } }),
    /memorySwap\.swapBehavior: Unsupported value: "Much"/,
  )
  assert.match(
    wrong({ allowedUnsafeSysctls: ['net.*', 'vm.swappiness'] }),
    /allowedUnsafeSysctls\[1\]: Invalid value: "vm\.swappiness": the sysctl "vm\.swappiness" are not known to be namespaced/,
  )
  const reservedMemory = [
    { numaNode: 0, limits: { memory: '1Gi', cpu: '1' } },
    { numaNode: 0, limits: { memory: '0' } },
  ]
  const text = wrong({ reservedMemory })
  for (const part of [
    'reservedMemory[0].limits[cpu]: Invalid value: "1": the limit type "cpu" for NUMA node 0 is not supported, only [memory hugepages-<HugePageSize>] is accepted',
    'reserved memory may not be zero for NUMA node 0 and resource "memory"',
    'the reserved memory has a duplicate value for NUMA node 0 and resource "memory"',
  ])
    assert.ok(text.includes(part), text)
})

test('a duration of zero means the default, unless zero means something; none is negative', () => {
  const given = {
    nodeStatusUpdateFrequency: '0s',
    authorization: { webhook: { cacheAuthorizedTTL: '0s' } },
  }
  const { nodeStatusUpdateFrequency, authorization } = parse(given)
  assert.equal(nodeStatusUpdateFrequency, '10s')
  assert.equal(authorization?.webhook?.cacheAuthorizedTTL, '5m0s')
  assert.match(
    wrong({
      nodeStatusUpdateFrequency: '-1s',
      crashLoopBackOff: { maxContainerRestartPeriod: '0s' },
    }),
    /\[nodeStatusUpdateFrequency: Invalid value: "-1s": must not be negative, crashLoopBackOff\.maxContainerRestartPeriod: .* must be set between 1s and 300s\]/,
  )
})

test('idleSettings() names what a file asks for in vain', () => {
  assert.deepEqual(idleSettings(DEFAULT_CONFIGURATION), [])
  const given = {
    maxPods: 10,
    syncFrequency: '1m',
    kubeAPIQPS: 51,
    authentication: { x509: { clientCAFile: '/ca' }, anonymous: { enabled: false } },
  }
  assert.deepEqual(idleSettings(parse(given)), ['authentication.x509.clientCAFile', 'kubeAPIQPS'])
})

test('parseKubeletConfiguration() refuses what is said twice, and what is no YAML', () => {
  const head = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n'
  assert.throws(() => parseKubeletConfiguration(`${head}maxPods: 1\nmaxPods: 2\n`), {
    name: 'KubeletConfigurationError',
    message: 'strict decoding error: line 4: key "maxPods" already set in map',
  })
  const unclosed = `${head}evictionHard: {`
  assert.throws(() => parseKubeletConfiguration(unclosed), { name: 'KubeletConfigurationError' })
})
