import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { Pod } from '../../../src/api/core/v1/pod.ts'
import { whyNoNodeCluster } from '../../kubelet/node-cluster.node.ts'
import { logOf } from '../../kubelet/log-of.node.ts'
import { eventually } from '../../../src/base/async-eventually.node.ts'
import { conformance } from '../conformance.ts'
import { IMAGE, isReady, isRunning, nodeSuite, once, restarts, shell } from './node-suite.node.ts'

const skip = await whyNoNodeCluster()
const sh = (script: string) => ['sh', '-c', script]

describe('lifecycle', { skip, concurrency: 6 }, () => {
  const suite = nodeSuite()

  describe('hooks', () => {
    /** A Pod that says which paths were asked of it over HTTP. */
    const listener = async (namespace: string): Promise<{ pod: Pod; ip: string }> => {
      const script =
        'mkdir /www; for f in poststart prestop; do touch /www/$f; done; exec httpd -f -vv -p 8080 -h /www'
      const asked = await suite().run(namespace, shell('listener', script))
      const pod = await suite().until(asked, isReady)
      return { pod, ip: pod.status.podIP! }
    }
    const heard = async (pod: Pod, path: string): Promise<void> => {
      await eventually(async () => (await logOf(suite().kubelet, pod, 'main')).includes(path))
    }
    const remove = async (pod: Pod): Promise<void> => {
      await suite().client.delete(Pod, pod.metadata)
      await suite().untilGone(pod)
    }
    const waits = 'trap "exit 0" TERM; while true; do sleep 0.1; done'
    const show = async (
      namespace: string,
      hook: 'postStart' | 'preStop',
      handler: (ip: string) => object,
    ): Promise<void> => {
      await suite().namespace(namespace)
      const { pod: server, ip } = await listener(namespace)
      const lifecycle = { [hook]: handler(ip) }
      const spec = { terminationGracePeriodSeconds: 15 }
      const asked = await suite().run(namespace, shell('hooked', waits, { lifecycle }, spec))
      const pod = await suite().until(asked, isReady)
      if (hook === 'postStart') await heard(server, 'poststart')
      await remove(pod)
      if (hook === 'preStop') await heard(server, 'prestop')
    }
    const exec = (path: string) => (ip: string) => ({
      exec: { command: sh(`wget -q -O - http://${ip}:8080/${path}`) },
    })
    const http = (path: string) => (host: string) => ({
      httpGet: { path: `/${path}`, host, port: 8080 },
    })

    conformance(
      '[sig-node] Container Lifecycle Hook when create a pod with lifecycle hook should execute poststart exec hook properly [Conformance] [NodeConformance]',
      () => show('poststart-exec', 'postStart', exec('poststart')),
    )

    conformance(
      '[sig-node] Container Lifecycle Hook when create a pod with lifecycle hook should execute poststart http hook properly [Conformance] [NodeConformance]',
      () => show('poststart-http', 'postStart', http('poststart')),
    )

    conformance(
      '[sig-node] Container Lifecycle Hook when create a pod with lifecycle hook should execute prestop exec hook properly [Conformance] [NodeConformance]',
      () => show('prestop-exec', 'preStop', exec('prestop')),
    )

    conformance(
      '[sig-node] Container Lifecycle Hook when create a pod with lifecycle hook should execute prestop http hook properly [Conformance] [NodeConformance]',
      () => show('prestop-http', 'preStop', http('prestop')),
    )

    conformance(
      '[sig-node] PreStop should call prestop when killing a pod [Conformance]',
      async () => {
        const namespace = await suite().namespace('prestop')
        const { pod: server, ip } = await listener(namespace)
        const lifecycle = { preStop: exec('prestop')(ip) }
        const asked = await suite().run(namespace, shell('tester', waits, { lifecycle }))
        await remove(await suite().until(asked, isRunning))
        const path = `/api/v1/namespaces/${namespace}/pods/${server.metadata.name}:8080/proxy/prestop`
        assert.equal((await suite().rest.call('GET', path)).status, 200)
        await heard(server, 'prestop')
      },
    )
  })

  describe('init containers', () => {
    const init = (...scripts: readonly string[]) =>
      scripts.map((script, i) => ({ name: `init${i + 1}`, image: IMAGE, command: sh(script) }))
    const run = async (name: string, script: string, spec: object): Promise<Pod> =>
      suite().run(await suite().namespace(name), shell(name, script, {}, spec))
    const initExits = ({ status }: Pod) =>
      status.initContainerStatuses?.map(({ state }) => state.terminated?.exitCode)
    const isInitialized = ({ status }: Pod) =>
      status.conditions?.find(({ type }) => type === 'Initialized')?.status

    conformance(
      '[sig-node] InitContainer should invoke init containers on a RestartNever pod [Conformance] [NodeConformance]',
      async () => {
        const spec = { restartPolicy: 'Never', initContainers: init('true', 'true') }
        const asked = await run('init-never', 'true', spec)
        const pod = await suite().until(asked, ({ status }) => status.phase === 'Succeeded')
        assert.deepEqual(initExits(pod), [0, 0])
        assert.equal(isInitialized(pod), 'True')
      },
    )

    conformance(
      '[sig-node] InitContainer should invoke init containers on a RestartAlways pod [Conformance] [NodeConformance]',
      async () => {
        const asked = await run('init-always', 'sleep 1000', {
          initContainers: init('true', 'true'),
        })
        const pod = await suite().until(asked, isReady)
        assert.deepEqual(initExits(pod), [0, 0])
        assert.ok(pod.status.initContainerStatuses!.every(({ ready }) => ready))
      },
    )

    conformance(
      '[sig-node] InitContainer should not start app containers if init containers fail on a RestartAlways pod [Conformance] [NodeConformance]',
      async () => {
        const asked = await run('init-fails', 'true', { initContainers: init('false', 'true') })
        const pod = await suite().until(
          asked,
          ({ status }) => (status.initContainerStatuses?.[0]?.restartCount ?? 0) >= 2,
        )
        assert.equal(pod.status.phase, 'Pending')
        assert.equal(pod.status.initContainerStatuses![1]!.state.waiting?.reason, 'PodInitializing')
        assert.equal(pod.status.containerStatuses![0]!.state.waiting?.reason, 'PodInitializing')
        const condition = pod.status.conditions?.find(({ type }) => type === 'Initialized')
        assert.equal(condition?.reason, 'ContainersNotInitialized')
        assert.equal(condition.message, 'containers with incomplete status: [init1 init2]')
      },
    )

    conformance(
      '[sig-node] InitContainer should not start app containers and fail the pod if init containers fail on a RestartNever pod [Conformance] [NodeConformance]',
      async () => {
        const spec = { restartPolicy: 'Never', initContainers: init('true', 'false') }
        const asked = await run('init-fails-once', 'true', spec)
        const pod = await suite().until(asked, ({ status }) => status.phase === 'Failed')
        assert.deepEqual(initExits(pod), [0, 1])
        assert.equal(pod.status.containerStatuses![0]!.state.waiting?.reason, 'PodInitializing')
      },
    )
  })

  conformance(
    '[sig-node] Kubelet when scheduling a busybox command in a pod should print the output to logs [Conformance] [NodeConformance]',
    async () => {
      const namespace = await suite().namespace('prints')
      const pod = await suite().run(namespace, once('prints', "echo 'Hello World'"))
      await suite().until(pod, ({ status }) => status.phase === 'Succeeded')
      const path = `/api/v1/namespaces/${namespace}/pods/prints/log`
      assert.equal((await suite().rest.call('GET', path)).text, 'Hello World\n')
    },
  )

  const fails = async (namespace: string): Promise<Pod> =>
    suite().run(await suite().namespace(namespace), shell('fails', 'exit 1'))

  conformance(
    '[sig-node] Kubelet when scheduling a busybox command that always fails in a pod should have an terminated reason [Conformance] [NodeConformance]',
    async () => {
      const pod = await fails('terminated-reason')
      const seen = await suite().until(pod, ({ status }) => {
        const [container] = status.containerStatuses ?? []
        return (container?.state.terminated ?? container?.lastState.terminated) !== undefined
      })
      const { state, lastState } = seen.status.containerStatuses![0]!
      const terminated = state.terminated ?? lastState.terminated
      assert.equal(terminated?.reason, 'Error')
      assert.equal(terminated.exitCode, 1)
    },
  )

  conformance(
    '[sig-node] Kubelet when scheduling a busybox command that always fails in a pod should be possible to delete [Conformance] [NodeConformance]',
    async () => {
      const pod = await fails('deleted-failing')
      await suite().until(pod, (each) => restarts(each) > 0)
      await suite().client.delete(Pod, pod.metadata)
      await suite().untilGone(pod)
    },
  )

  describe('ephemeral containers', () => {
    const ephemeral = (name: string, targetContainerName?: string) => ({
      name,
      image: IMAGE,
      command: sh('echo polo; sleep 1000'),
      ...(targetContainerName && { targetContainerName }),
    })
    const debugged = async (namespace: string): Promise<Pod> => {
      await suite().namespace(namespace)
      return suite().until(await suite().run(namespace, shell('debugged', 'sleep 1000')), isRunning)
    }
    const debug = (pod: Pod, ...ephemeralContainers: readonly object[]) =>
      suite().client.patch(
        Pod,
        pod.metadata,
        'strategic',
        { spec: { ephemeralContainers } },
        { subresource: 'ephemeralcontainers' },
      )
    const runs = (name: string) => (pod: Pod) =>
      pod.status.ephemeralContainerStatuses?.find((each) => each.name === name)?.state.running !==
      undefined

    conformance(
      '[sig-node] Ephemeral Containers will start an ephemeral container in an existing pod [Conformance] [NodeConformance]',
      async () => {
        const pod = await debugged('ephemeral')
        await debug(pod, ephemeral('debugger', 'main'))
        await suite().until(pod, runs('debugger'))
        await eventually(async () => (await logOf(suite().kubelet, pod, 'debugger')) === 'polo\n')
      },
    )

    conformance(
      '[sig-node] Ephemeral Containers should update the ephemeral containers in an existing pod [Conformance] [NodeConformance]',
      async () => {
        const pod = await debugged('ephemeral-two')
        await debug(pod, ephemeral('first'))
        await suite().until(pod, runs('first'))
        await debug(pod, ephemeral('second'))
        const both = await suite().until(pod, runs('second'))
        assert.deepEqual(both.spec.ephemeralContainers?.map(({ name }) => name).toSorted(), [
          'first',
          'second',
        ])
      },
    )
  })
})
