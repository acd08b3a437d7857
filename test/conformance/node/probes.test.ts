import assert from 'node:assert/strict'
import { dirname } from 'node:path'
import { describe } from 'node:test'
import type { Pod } from '../../../src/api/core/v1/pod.ts'
import { eventually } from '../../../src/base/async-eventually.node.ts'
import { whyNoNodeCluster } from '../../kubelet/node-cluster.node.ts'
import { conformance } from '../conformance.ts'
import { isReady, isRunning, nodeSuite, restarts, shell } from './node-suite.node.ts'

const skip = await whyNoNodeCluster()

// The answer is one gRPC frame: not compressed, two bytes long, `status` (field 1) is SERVING (1).
const SERVE_HEALTH = `
  require('node:http2').createServer().on('stream', (stream) => {
    stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.end(Buffer.from([0, 0, 0, 0, 2, 8, 1]))
  }).listen(5000)`

describe('probes', { skip, concurrency: 10 }, () => {
  const suite = nodeSuite()
  const everySecond = { periodSeconds: 1, failureThreshold: 1, timeoutSeconds: 5 }
  const run = async (name: string, script: string, container: object, spec: object = {}) =>
    suite().run(await suite().namespace(name), shell(name, script, container, spec))

  /** Its probe is asked this often before anything is said of it. */
  const staysUp = async (asked: Pod): Promise<void> => {
    const pod = await suite().until(asked, isReady)
    const seen = suite().kubelet.find(pod.metadata.namespace, pod.metadata.name)!
    const container = seen.container('main')!.id
    const isAsked = new RegExp(`pod_uid="${pod.metadata.uid}",.*,result="successful"} [4-9]$`, 'm')
    await eventually(async () => isAsked.test(await suite().kubelet.probeMetrics.text()))
    const later = suite().kubelet.find(pod.metadata.namespace, pod.metadata.name)!
    assert.equal(later.container('main')!.id, container)
    assert.equal(restarts(later.pod), 0)
  }
  const isRestarted = async (asked: Pod, count = 1): Promise<void> => {
    const pod = await suite().until(asked, (each) => restarts(each) >= count)
    assert.equal(restarts(pod), count)
    const { message } = await suite().untilTold(pod, 'Unhealthy')
    assert.match(message!, /^Liveness probe failed: /)
    const killing = await suite().untilTold(pod, 'Killing')
    assert.equal(killing.message, 'Container main failed liveness probe, will be restarted')
  }

  const cat = { ...everySecond, exec: { command: ['cat', '/tmp/health'] } }
  const web = 'mkdir /www; echo ok > /www/healthz; '
  const serve = 'httpd -f -p 8080 -h /www'
  const http = { ...everySecond, httpGet: { path: '/healthz', port: 8080 }, initialDelaySeconds: 1 }

  conformance(
    '[sig-node] Probing container should be restarted with a exec "cat /tmp/health" liveness probe [Conformance] [NodeConformance]',
    async () => {
      const script = 'echo ok > /tmp/health; sleep 3; rm /tmp/health; sleep 600'
      await isRestarted(
        await run('exec-fails', script, { livenessProbe: { ...cat, initialDelaySeconds: 1 } }),
      )
    },
  )

  conformance(
    '[sig-node] Probing container should *not* be restarted with a exec "cat /tmp/health" liveness probe [Conformance] [NodeConformance]',
    async () => {
      const script = 'echo ok > /tmp/health; sleep 600'
      await staysUp(
        await run('exec-holds', script, { livenessProbe: { ...cat, initialDelaySeconds: 1 } }),
      )
    },
  )

  conformance(
    '[sig-node] Probing container should be restarted with a /healthz http liveness probe [Conformance] [NodeConformance]',
    async () => {
      const script = `${web} (sleep 3; rm /www/healthz) & exec ${serve}`
      await isRestarted(await run('http-fails', script, { livenessProbe: http }))
    },
  )

  conformance(
    '[sig-node] Probing container should *not* be restarted with a /healthz http liveness probe [Conformance] [NodeConformance]',
    async () => staysUp(await run('http-holds', `${web} exec ${serve}`, { livenessProbe: http })),
  )

  conformance(
    '[sig-node] Probing container should *not* be restarted with a tcp:8080 liveness probe [Conformance] [NodeConformance]',
    async () => {
      const livenessProbe = { ...everySecond, tcpSocket: { port: 8080 }, initialDelaySeconds: 1 }
      await staysUp(await run('tcp-holds', `${web} exec ${serve}`, { livenessProbe }))
    },
  )

  conformance(
    '[sig-node] Probing container should have monotonically increasing restart count [Conformance] [NodeConformance]',
    async () => {
      const counts: number[] = []
      const livenessProbe = { ...everySecond, exec: { command: ['false'] } }
      const asked = await run('restarts', 'sleep 600', { livenessProbe })
      await suite().until(asked, (pod) => {
        if (counts.at(-1) !== restarts(pod)) counts.push(restarts(pod))
        return restarts(pod) === 3 // Upstream goes on to 5; the back-off grows to 40 s by then.
      })
      assert.deepEqual(
        counts,
        counts.toSorted((a, b) => a - b),
      )
    },
  )

  conformance(
    '[sig-node] Probing container with readiness probe should not be ready before initial delay and never restart [Conformance] [NodeConformance]',
    async () => {
      const initialDelaySeconds = 3
      const readinessProbe = { ...everySecond, exec: { command: ['true'] }, initialDelaySeconds }
      const pod = await suite().until(
        await run('delayed', 'sleep 600', { readinessProbe }),
        isReady,
      )
      const ready = pod.status.conditions!.find(({ type }) => type === 'Ready')!
      const { startedAt } = pod.status.containerStatuses![0]!.state.running!
      // Both are told in whole seconds.
      const seconds = (Date.parse(ready.lastTransitionTime!) - Date.parse(startedAt!)) / 1000
      assert.ok(seconds >= initialDelaySeconds - 1, `${seconds} s`)
      assert.equal(restarts(pod), 0)
    },
  )

  conformance(
    '[sig-node] Probing container with readiness probe that fails should never be ready and never restart [Conformance] [NodeConformance]',
    async () => {
      const readinessProbe = { ...everySecond, exec: { command: ['false'] } }
      const asked = await run('never-ready', 'sleep 600', { readinessProbe })
      const pod = await suite().until(asked, isRunning)
      await suite().untilTold(pod, 'Unhealthy')
      const { pod: later } = suite().kubelet.find(pod.metadata.namespace, pod.metadata.name)!
      assert.equal(isReady(later), false)
      assert.equal(restarts(later), 0)
    },
  )

  /** A server of grpc.health.v1.Health, run by the machine's own Node.js and libraries. */
  const healthServer = (livenessProbe: object) => {
    const paths = ['/lib', '/lib64', dirname(process.execPath)]
    return {
      container: {
        command: [process.execPath, '-e', SERVE_HEALTH],
        volumeMounts: paths.map((mountPath, i) => ({ name: `v${i}`, mountPath, readOnly: true })),
        livenessProbe,
      },
      spec: { volumes: paths.map((path, i) => ({ name: `v${i}`, hostPath: { path } })) },
    }
  }

  conformance(
    '[sig-node] Probing container should *not* be restarted with a GRPC liveness probe [Conformance] [NodeConformance]',
    async () => {
      const probe = {
        ...everySecond,
        grpc: { port: 5000 },
        initialDelaySeconds: 1,
        failureThreshold: 9,
      }
      const { container, spec } = healthServer(probe)
      const readinessProbe = { ...everySecond, grpc: { port: 5000 } }
      await staysUp(await run('grpc-holds', '', { ...container, readinessProbe }, spec))
    },
  )

  conformance(
    '[sig-node] Probing container should be restarted with a GRPC liveness probe [Conformance] [NodeConformance]',
    async () => {
      const probe = { ...everySecond, grpc: { port: 2333 }, initialDelaySeconds: 1 } // Nobody listens.
      const { container, spec } = healthServer(probe)
      await isRestarted(await run('grpc-fails', '', container, spec))
    },
  )
})
